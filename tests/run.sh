#!/usr/bin/env bash
# Runs every check and test of nerotui: bash tests/run.sh [pytest arguments…]
#
# Installs what the tests need: Python packages into a virtual environment of their own (.tests-venv, or $NEROTUI_TEST_VENV),
# and, where it may (root and apt), sshd, tmux, shells, Slurm with its accounting and Grid Engine; of these nothing is
# started or configured: tests start their own, with files of their own. Without root it runs all that needs none and says
# what it skipped; with CI=true a skip is a failure unless it needs a GPU.
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
# Daemons lie where an ordinary user's PATH does not lead.
for pair in slurmctld:slurm-wlm munged:munge slurmdbd:slurmdbd mariadbd:mariadb-server \
    sge_qmaster:gridengine-master sge_execd:gridengine-exec qsub:gridengine-client \
    zsh:zsh tcsh:tcsh fish:fish useradd:passwd setpriv:util-linux; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
if [ "${#missing[@]}" -gt 0 ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        # Debian starts what it installs, unless this says no.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod +x "$policy"
            trap 'rm -f "$policy"' EXIT
        fi
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
bin="$(cd "$venv/bin" && pwd)"
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
