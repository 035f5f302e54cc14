#!/usr/bin/env bash
# Puts everything into .venv: the dependencies at the versions of constraints.txt, and the product
# itself, editable, with the media engine compiled. What is missing is installed by apt where that
# is possible (root on Debian), else named in one line. PYTHON=python3.13 takes that interpreter, not
# the first that is new enough; an existing .venv keeps its own.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

find_python() {
    local name
    for name in python3 python3.11 python3.12 python3.13 python3.14; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

python=${PYTHON:-$(find_python)} || die "Python 3.11 or newer is missing (Debian: apt install python3)"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    can_install || die "Python's venv module is missing (Debian: apt install python3-venv)"
    apt_install python3-venv
fi
command -v cc >/dev/null || {
    can_install || die "a C compiler and linker are missing (Debian: apt install gcc libc6-dev)"
    apt_install gcc libc6-dev
}
command -v cmake >/dev/null && command -v make >/dev/null || {
    can_install || die "cmake and make are missing (Debian: apt install cmake make)"
    apt_install cmake make
}
rust=$(scripts/rust-path.sh 2>/dev/null) || {
    can_install || scripts/rust-path.sh
    apt_install rustc-web cargo-web
    rust=$(scripts/rust-path.sh)
}

[ -x .venv/bin/python ] || "$python" -m venv .venv
PATH="$rust:$PATH" .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --editable '.[dev]' </dev/null
say "ready: $(.venv/bin/callcenter --version)"
