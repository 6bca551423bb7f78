#!/usr/bin/env bash
# Runs every check and test of nerotui: bash tests/run.sh [pytest arguments…]
#
# Installs what the tests need: Python packages into a virtual environment of their own (.tests-venv, or $NEROTUI_TEST_VENV),
# and, where it may (root and apt), sshd, tmux and Slurm. Without root it runs all that needs none and says what it skipped;
# with CI=true a skip is a failure unless it needs a GPU.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step "system packages"
missing=()
[ -x /usr/sbin/sshd ] || command -v sshd >/dev/null || missing+=(openssh-server)
command -v ssh >/dev/null || missing+=(openssh-client)
command -v tmux >/dev/null || missing+=(tmux)
command -v git >/dev/null || missing+=(git)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
[ -x /usr/sbin/slurmctld ] || command -v slurmctld >/dev/null || missing+=(slurm-wlm)
[ -x /usr/sbin/munged ] || command -v munged >/dev/null || missing+=(munge)
for shell in zsh tcsh fish; do command -v "$shell" >/dev/null || missing+=("$shell"); done
if [ "${#missing[@]}" -gt 0 ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get -o DPkg::Lock::Timeout=400 update -qq
        apt-get -o DPkg::Lock::Timeout=400 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "not installed, and not installable without root: ${missing[*]}; the tests that need them will say so"
    fi
fi

step "Python packages"
venv=${NEROTUI_TEST_VENV:-.tests-venv}
[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --upgrade "pip>=25.1"
"$venv/bin/python" -m pip install --quiet --group test
"$venv/bin/python" -m pip install --quiet .
# The tests run the code of this checkout, also in the programs that they start.
export PYTHONPATH="$PWD" PYTHONDONTWRITEBYTECODE=1
bin="$PWD/$venv/bin"
export PATH="$bin:$PATH"

step "ruff"
ruff check .
ruff format --check .
step "mypy"
mypy
step "import-linter"
lint-imports --no-cache
step "vermin: the agent runs on Python 3.6"
vermin -t=3.6- --no-tips --violations nerotui/agent
step "pytest"
# Real servers, terminals and processes share two cores here: what fails is tried once more, and listed as RERUN.
pytest -n "${NEROTUI_TEST_JOBS:-2}" --reruns 1 -r R "$@"
