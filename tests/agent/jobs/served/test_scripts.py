"""What a scheduler is given to start, and scripts of users' own: any path, any name, nothing read as anything else."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.jobs.served.conftest import end_all
from tests.agent.jobs.served.site import Site
from tests.agent.serve.far import Far

ODD = ["a b", 'it\'s "x" $HOME `id` a\\b', "zoë|b;c&d*?#", "-n line\nbreak"]

SLURM_SCRIPT = """\
#!/bin/bash
#SBATCH --job-name=neronet
#SBATCH -p main   # the queue
# a remark
   # another one

#SBATCH --mem=100M
#PBS -l nodes=1
echo in the script: "$0" "$@"
#SBATCH --time=1
"""


@pytest.mark.parametrize("name", ODD)
def test_a_run_starts_whatever_its_root_and_its_folder_are_called(tmp_path: Path, unpacked: Path, name: str) -> None:
    root = tmp_path / name / f"root {name}"
    root.mkdir(parents=True, mode=0o700)
    shutil.copytree(unpacked, root / "bundle", copy_function=os.link)
    folder = tmp_path / f"work {name}"
    folder.mkdir()
    with Far(sys.executable, env={"NEROTUI_HOSTNAME": "login"}) as far:
        far.greet(root)
        site = Site(far, root)
        try:
            site.submit("aaaa2222", "pwd", dir=str(folder), name=f"name {name}")
            assert site.start("aaaa2222").wait(20) == 0
            assert (site.folder("aaaa2222") / "log").read_text() == f"{folder}\n"
            assert site.record("aaaa2222")["name"] == f"name {name}"
            assert (site.folder("aaaa2222") / "job.out").read_text() == ""
        finally:
            site.close()
            end_all(root)


def test_a_users_script_is_run_as_it_is_with_its_wishes_at_the_top(site: Site) -> None:
    site.submit("aaaa2222", ["train.slurm", "a b", "$c"], script=SLURM_SCRIPT)
    folder = site.folder("aaaa2222")
    assert (folder / "script").read_text() == SLURM_SCRIPT
    assert (folder / "script").stat().st_mode & 0o777 == 0o700
    text = (folder / "job.sh").read_text()
    assert text.startswith(
        "#!/bin/sh\n#SBATCH --job-name=neronet\n#SBATCH -p main   # the queue\n#SBATCH --mem=100M\n#PBS -l nodes=1\n# "
    )
    assert "--time=1" not in text
    assert site.start("aaaa2222").wait(20) == 0
    assert (folder / "log").read_text() == f"in the script: {folder}/script a b $c\n"


def test_grid_engine_reads_a_script_to_its_end(site: Site) -> None:
    script = "#!/bin/sh\n#$ -N name\necho here\n#$ -l gpu=1\n#SBATCH -p main\n"
    site.submit("aaaa2222", ["x.sh"], script=script, backend="gridengine")
    text = (site.folder("aaaa2222") / "job.sh").read_text()
    assert text.startswith("#!/bin/sh\n#$ -N name\n#$ -l gpu=1\n# ")
    assert "SBATCH" not in text
    assert len(site.line("@gridengine")) == 1
    assert "--queue @gridengine" in text


def test_a_script_keeps_its_very_bytes(site: Site) -> None:
    script = b"#!/bin/sh\n#SBATCH --comment=\xff\xfe\nprintf '\xff\xc3\xa4\\n'"
    site.submit("aaaa2222", ["x.sh"], script=script.decode("utf-8", "surrogateescape"))
    folder = site.folder("aaaa2222")
    assert (folder / "script").read_bytes() == script
    assert b"\n#SBATCH --comment=\xff\xfe\n" in (folder / "job.sh").read_bytes()
    assert site.start("aaaa2222").wait(20) == 0
    assert (folder / "log").read_bytes() == b"\xff\xc3\xa4\n"


def test_a_script_runs_on_a_plain_host_too(site: Site) -> None:
    answer = site.submit("aaaa2222", ["train.slurm"], script=SLURM_SCRIPT, backend=None)
    assert answer["script"] is None
    assert site.reach("aaaa2222", "done", "failed")["state"] == "done"
    assert (site.folder("aaaa2222") / "log").read_text().startswith("in the script: ")
    assert not (site.folder("aaaa2222") / "job.sh").exists()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("#!/bin/bash\r\n#SBATCH -p main\r\necho\r\n", "line ends of Windows"),
        ("echo no first line\n", "does not say what runs it"),
        ("\ufeff#!/bin/sh\n", "does not say what runs it"),
        ("", "does not say what runs it"),
        ("#!/bin/sh\0\n", "no text"),
        ("#!/bin/sh\n\ud800", "no text"),
        (["#!/bin/sh"], "no text"),
    ],
)
def test_a_script_that_nothing_would_start_is_refused(site: Site, script: object, words: str) -> None:
    spec = site.spec("aaaa2222", ["x.sh"], script=script)
    assert words in site.far.refused("submit", spec=spec, who="me", held=False)["message"]
    assert not (site.root / "runs" / "aaaa2222").exists()
    assert site.line() == []


def test_a_backend_is_a_plain_word(site: Site) -> None:
    for backend in ("../x", "a/b", "", "A", "x" * 40, 3, "a\nb"):
        spec = site.spec("aaaa2222", "true", backend=backend)
        assert site.far.refused("submit", spec=spec, who="me", held=False)["code"] == "bad_request"
    site.submit("aaaa2222", backend="pbs-pro")
    assert len(site.line("@pbs-pro")) == 1


def test_a_folder_that_is_not_there_is_refused(site: Site) -> None:
    spec = site.spec("aaaa2222", "true", dir="/no/such/folder")
    refused = site.far.refused("submit", spec=spec, who="me", held=False)
    assert (refused["code"], "there is no folder" in refused["message"]) == ("refused", True)
    site.submit("aaaa3333", gpus=64)  # what the login node lacks does not matter


def test_a_dry_run_writes_nothing(site: Site) -> None:
    before = sorted(str(path) for path in site.root.rglob("*") if "bundle" not in path.parts)
    dry = site.far.ok("submit", spec=site.spec("aaaa2222", ["t.sh"], script=SLURM_SCRIPT), who="me", dry=True)
    assert sorted(str(path) for path in site.root.rglob("*") if "bundle" not in path.parts) == before
    site.submit("aaaa2222", ["t.sh"], script=SLURM_SCRIPT)
    assert dry == {
        "script": (site.folder("aaaa2222") / "job.sh").read_text(),
        "path": f"{site.folder('aaaa2222')}/job.sh",
        "dir": site.spec("aaaa2222", "true")["dir"],
    }
    plain = site.spec("aaaa3333", "true", backend=None)
    assert site.far.ok("submit", spec=plain, who="me", dry=True) == {
        "script": None,
        "path": None,
        "dir": plain["dir"],
    }
    at_home = site.far.ok("submit", spec={**plain, "dir": "~/."}, who="me", dry=True)
    assert at_home["dir"] == str(Path.home())
    assert site.far.refused("submit", spec=site.spec("x", "true"), who="me", dry=True)["code"] == "bad_request"


def test_a_node_without_the_interpreter_or_the_root_says_so(site: Site) -> None:
    site.submit("aaaa2222")
    script = site.folder("aaaa2222") / "job.sh"
    text = script.read_text()
    for old, new, words in (
        (r"^set -- \S+", "set -- '/opt/no python/bin/python3'", "there is no program /opt/no python/bin/python3 on "),
        (r"/nerotui/agent/__main__", "/nerotui/agent/__gone__", "does it share the folder"),
    ):
        script.write_text(re.sub(old, new, text, flags=re.MULTILINE))
        done = subprocess.run([str(script)], capture_output=True, text=True, check=False, timeout=20)
        assert (done.returncode, done.stdout) == (127, "")
        assert words in done.stderr
        assert os.uname().nodename in done.stderr
    assert site.record("aaaa2222")["state"] == "queued"


def test_libraries_that_the_interpreter_needed_are_found_on_the_node_too(tmp_path: Path, unpacked: Path) -> None:
    root = tmp_path / "root"
    root.mkdir(mode=0o700)
    shutil.copytree(unpacked, root / "bundle", copy_function=os.link)
    with Far(sys.executable, env={"NEROTUI_HOSTNAME": "login", "LD_LIBRARY_PATH": "/opt/it's/lib"}) as far:
        far.greet(root)
        site = Site(far, root)
        site.submit("aaaa2222", 'echo "$LD_LIBRARY_PATH"')
        assert site.start("aaaa2222").wait(20) == 0
        assert (site.folder("aaaa2222") / "log").read_text() == "/opt/it's/lib\n"
        site.close()
