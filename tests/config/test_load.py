"""What the user wrote is read as it stands, or the mistake is named with file and line."""

from datetime import datetime
from pathlib import Path

import platformdirs
import pytest

from nerotui import config, locations
from nerotui.errors import ConfigError, UsageError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEROTUI_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(folder: Path, text: str, project: str | None = None) -> config.Config:
    (folder / "config.toml").write_text(text)
    if project is not None:
        (folder / "nerotui.toml").write_text(project)
    return config.load()


def mistake(folder: Path, text: str, project: str | None = None) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, project)
    assert caught.value.exit_code == 2
    return str(caught.value), caught.value.hint


def test_without_a_file_there_is_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = config.load()
    assert list(found.hosts) == ["local"]
    assert found.hosts["local"].connect == "local"
    assert found.console.mouse
    assert found.files == ()


def test_a_file_that_was_named_must_exist(folder: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        config.load()


def test_hosts_groups_and_options(folder: Path) -> None:
    found = load(
        folder,
        """
        [hosts.gpu1]
        [hosts.triton]
        address = "triton.example.org"
        backend = "slurm"
        port = 2222
        watch = ["~/old/**/log.txt"]
        env = { A = "1" }
        [hosts.local]
        slots = 3
        [groups]
        gpu = ["gpu1", "local"]
        [keys]
        kill = "K"
        quit = ["q", "ctrl+c"]
        [colors]
        accent = "#5fafff"
        [console]
        mouse = false
        readonly = true
        color = "16"
        """,
    )
    assert list(found.hosts) == ["local", "gpu1", "triton"]
    assert found.hosts["gpu1"] == config.HostConfig(name="gpu1")
    assert found.hosts["triton"].port == 2222
    assert found.hosts["triton"].watch == ("~/old/**/log.txt",)
    assert found.hosts["local"].slots == 3
    assert found.groups == {"gpu": ("gpu1", "local")}
    assert found.keys == {"kill": ("K",), "quit": ("q", "ctrl+c")}
    assert found.colors == {"accent": "#5fafff"}
    assert (found.console.mouse, found.console.readonly, found.console.color) == (False, True, "16")


def test_the_project_adds_to_the_users_defaults(folder: Path) -> None:
    found = load(
        folder,
        '[hosts.gpu1]\n[defaults]\nsetup = "a"\ngpus = 2\n',
        """
        [defaults]
        host = "gpu1"
        gpus = 1
        disk = "20GB"
        [experiments.lang]
        command = "python train.py --lr {lr}"
        params = { lr = [0.1, 0.01], layers = 2 }
        repeats = 10
        stop = ["nan(loss)"]
        """,
    )
    assert found.defaults == config.Defaults(host="gpu1", gpus=1, setup="a", disk="20GB")
    experiment = found.experiments["lang"]
    assert experiment.params == {"lr": [0.1, 0.01], "layers": 2}
    assert experiment.stop == ("nan(loss)",)
    assert [Path(name).name for name in found.files] == ["config.toml", "nerotui.toml"]


def test_the_projects_file_is_found_from_a_folder_below(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "below" / "far").mkdir(parents=True)
    monkeypatch.chdir(folder / "below" / "far")
    assert load(folder, "", "[defaults]\ngpus = 4\n").defaults.gpus == 4
    assert locations.project_file() == folder / "nerotui.toml"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('[hosts.gpu1]\naddres = "x"\n', ":2", "unknown key 'addres' in [hosts.gpu1]; did you mean 'address'?"),
        ('[hosts.gpu1]\nport = "22"\n', ":2", "'port' must be a whole number, not text in quotes"),
        ("[hosts.gpu1]\n\n# why\nport = 70000\n", ":4", "'port' must lie between 1 and 65535"),
        ("[hosts.gpu1]\nslots = 0\n", ":2", "'slots' must be at least 1"),
        ("[hosts.gpu1]\npoll = 0\n", ":2", "'poll' must be a number of seconds above 0"),
        ("[hosts.gpu1]\nwatch = [1]\n", ":2", "each entry of 'watch' must be text in quotes, not a whole number"),
        ('[hosts.gpu1]\nconnect = "telnet"\n', ":2", "'connect' cannot be 'telnet'"),
        ('[hosts.gpu1]\nname = "x"\n', ":2", "unknown key 'name'"),
        ('[hosts.local]\naddress = "x"\n', ":2", "it is this machine"),
        ('[hosts."a b"]\n', ":1", "cannot be a host's name"),
        ('[hosts."-oProxyCommand"]\n', ":1", "cannot be a host's name"),
        ("[host.gpu1]\n", ":1", "unknown table 'host'; did you mean 'hosts'?"),
        ("hosts = 3\n", ":1", "'hosts' must be a table"),
        ('[hosts.gpu1]\n[groups]\ng = ["gpu1", "gpu2"]\n', ":3", "no host is called 'gpu2'; did you mean 'gpu1'?"),
        ("[groups]\ng = []\n", ":2", "has no hosts"),
        ('[groups]\nlocal = ["local"]\n', ":2", "'local' is a host already"),
        ('[hosts.a]\nbackend = "grid engine"\n', ":2", "'backend' cannot be 'grid engine'"),
        ("[hosts.a]\nmemory = 16\n", ":2", "'memory': 16 is no size: write \"16GB\""),
        ("[hosts.a]\ncpus = 0\n", ":2", "'cpus' must be at least 1, not 0"),
        ('[hosts.a]\npartition = "-p"\n', ":2", "'partition' cannot be '-p'"),
        ('[hosts.a]\nslurm = "--x"\n', ":2", "'slurm' must be a list, not text in quotes"),
        ('[hosts.a]\nslurm = ["--x\\ny"]\n', ":2", "in 'slurm' can be no option"),
        ('[defaults]\npartitoin = "gpu"\n', ":2", "did you mean 'partition'?"),
        ("[console]\nmouse = 1\n", ":2", "'mouse' must be true or false, not a whole number"),
        ("[keys]\nkill = 3\n", ":2", "'kill' must be text in quotes, or a list of such texts"),
        ("[colors]\naccent = 3\n", ":2", "'accent' must be text in quotes"),
        ('[defaults]\nhost = "gpu9"\n', ":2", "no host is called 'gpu9'"),
        ('text = """\n[hosts.x]\n"""\n[hosts.gpu1]\nprot = 1\n', ":1", "unknown table 'text'"),
    ],
)
def test_a_mistake_names_file_line_and_what_was_meant(folder: Path, text: str, place: str, words: str) -> None:
    said, _ = mistake(folder, text)
    assert f"config.toml{place}: " in said
    assert words in said


def test_text_in_quotes_is_not_taken_for_keys(folder: Path) -> None:
    said, _ = mistake(folder, '[hosts.a]\nsetup = """\nport = 1\n"""\nport = "x"\n')
    assert "config.toml:5: 'port'" in said


def test_what_is_no_toml_names_the_line(folder: Path) -> None:
    said, hint = mistake(folder, "[hosts.gpu1\n")
    assert "line 1" in said
    assert "TOML" in hint


def test_a_mistake_in_the_projects_file(folder: Path) -> None:
    said, hint = mistake(folder, "", "[defaults]\ngpu = 1\n")
    assert "nerotui.toml:2: unknown key 'gpu' in [defaults]; did you mean 'gpus'?" in said
    assert "setup" in hint
    said, _ = mistake(folder, "", '[experiments.a]\nrepeats = "3"\n')
    assert "nerotui.toml:2: 'repeats' must be a whole number" in said


def test_names_of_hosts_and_groups_are_looked_up(folder: Path) -> None:
    found = load(folder, '[hosts.gpu1]\n[hosts.gpu2]\n[groups]\ngpu = ["gpu2", "gpu1"]\n')
    assert found.members(["gpu1", "gpu"]) == ("gpu1", "gpu2")
    with pytest.raises(UsageError, match="no host or group is called 'gup1'; did you mean 'gpu1'"):
        found.members(["gup1"])


def test_a_file_that_cannot_be_read_says_why(folder: Path) -> None:
    (folder / "config.toml").mkdir()
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read: Is a directory"):
        config.load()
    (folder / "config.toml").rmdir()
    (folder / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        config.load()


def test_xdg_folders_are_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert locations.config_file() == home / ".config" / "nerotui" / "config.toml"
    assert locations.state_dir() == home / ".local" / "state" / "nerotui"
    assert locations.cache_dir() == home / ".cache" / "nerotui"


@pytest.mark.parametrize("named", ["", "  ", "/somewhere/else", "a/relative/one"])
def test_the_folders_are_those_of_platformdirs(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("config", "state", "cache"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", named)
        assert getattr(locations, f"{kind}_dir")() == getattr(platformdirs, f"user_{kind}_path")("nerotui")


def test_a_time_limit_is_seconds_however_it_is_written(folder: Path) -> None:
    found = load(folder, '[hosts.a]\ntime = "2h30m"\n[hosts.b]\ntime = 90\n', '[defaults]\ntime = "1d"\n')
    assert (found.hosts["a"].time, found.hosts["b"].time, found.defaults.time) == (9000, 90, 86400)
    found = load(folder, "", '[experiments.x]\ntime = "15m"\n')
    assert found.experiments["x"].time == 900
    said, _ = mistake(folder, '[hosts.a]\ntime = "soon"\n')
    assert "config.toml:2: 'time': 'soon' is no duration: write 90s, 15m" in said
    said, _ = mistake(folder, "", "[defaults]\ntime = 0\n")
    assert "nerotui.toml:2: 'time' must be more than nothing" in said


@pytest.mark.parametrize("written", ["2026-12-01T12:00:00Z", '"2026-12-01T13:00+01:00"', "2026-12-01T12:00:00+00:00"])
def test_a_deadline_is_a_moment_however_it_is_written(folder: Path, written: str) -> None:
    found = load(folder, "", f"[defaults]\ndeadline = {written}\n[experiments.x]\ndeadline = {written}\n")
    assert found.defaults.deadline == found.experiments["x"].deadline == 1796126400


def test_a_day_is_a_deadline_to_its_end_and_what_is_no_moment_is_refused(folder: Path) -> None:
    for written in ("2026-12-01", '"2026-12-01"'):
        found = load(folder, "", f"[defaults]\ndeadline = {written}\n").defaults.deadline
        assert found == datetime(2026, 12, 1, 23, 59, 59).timestamp()
    said, _ = mistake(folder, "", '[defaults]\ndeadline = "soon"\n')
    assert "nerotui.toml:2: 'deadline': 'soon' is no date or time: write 2026-12-01, 2026-12-01T12:00" in said
    for written in ("7", "12:00:00"):
        said, _ = mistake(folder, "", f"[defaults]\ndeadline = {written}\n")
        assert "nerotui.toml:2: 'deadline': must be a date or time" in said


def test_patterns_for_metrics_are_read_and_checked(folder: Path) -> None:
    project = "[defaults]\nmetrics = ['loss (?P<loss>\\S+)']\n[experiments.a]\nmetrics = 'q(?P<q>\\d+)'\n"
    found = load(folder, "", project)
    assert found.defaults.metrics == (r"loss (?P<loss>\S+)",)
    assert found.experiments["a"].metrics == (r"q(?P<q>\d+)",)
    for metrics, place in (("['a (?P<a>\\d+', 'b']", "a (?P<a>\\d+\n  ^"), ("'(?P<a>(\\w+)*)'", "\n         ^")):
        message, hint = mistake(folder, "", f"[experiments.a]\ncommand = 'x'\nmetrics = {metrics}\n")
        assert message.startswith("nerotui.toml:3: ") or "/nerotui.toml:3: " in message
        assert place in message
        assert "(?P<loss>" in hint
    message, _ = mistake(folder, "", "[defaults]\nmetrics = 3\n")
    assert "'metrics' must be a list of patterns" in message


def test_what_a_scheduler_is_asked_for_stands_anywhere(folder: Path) -> None:
    found = load(
        folder,
        """
        [hosts.triton]
        partition = "gpu"
        account = "lab"
        slurm = ["--constraint=a100"]
        [hosts.sge]
        gridengine = ["-l", "h_vmem=8G"]
        """,
        """
        [defaults]
        memory = "16GB"
        attempts = 3
        [experiments.big]
        command = "python train.py"
        nodes = 2
        cpus = 8
        """,
    )
    triton = found.hosts["triton"]
    assert (triton.partition, triton.account, triton.slurm) == ("gpu", "lab", ("--constraint=a100",))
    assert found.hosts["sge"].gridengine == ("-l", "h_vmem=8G")
    assert (found.defaults.memory, found.defaults.attempts) == (16 << 30, 3)
    assert (found.experiments["big"].nodes, found.experiments["big"].cpus) == (2, 8)
