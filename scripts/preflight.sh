#!/bin/sh
# Say in one line what is missing to build durable-rules (a C extension), and the command that fixes it.
set -eu
python=${1:-python3}

missing() {
    echo "oncocds: missing: $1. Fix: $2" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 || missing "Python ($python)" "apt-get install python3 python3-venv python3-dev"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    missing "Python 3.11 or newer ($python is $("$python" -c 'import platform; print(platform.python_version())'))" \
        "install it and run: make PYTHON=python3.12 ..."
"$python" -c 'import venv, ensurepip' 2>/dev/null || command -v uv >/dev/null 2>&1 ||
    missing "Python's venv module" "apt-get install python3-venv"
"${CC:-cc}" --version >/dev/null 2>&1 || missing "a C compiler (${CC:-cc})" "apt-get install build-essential"
header=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h
[ -f "$header" ] || missing "Python.h ($header)" "apt-get install python3-dev"
