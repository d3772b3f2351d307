#!/bin/sh
# Make a virtual environment and install the project with one of its extras: scripts/setup.sh VENV EXTRA [CONSTRAINTS]
# Everything comes in the versions of the lock (api: requirements.lock, else requirements-test.lock), or, where a file of
# constraints is given, in the versions that it leaves. uv is used when present, otherwise venv and pip.
set -eu
venv=$1
extra=$2
constraints=${3:-}
python=${PYTHON:-python3}
here=$(dirname "$0")

sh "$here/preflight.sh" "$python"

# durable-rules 2.0.28 calls a C function that Python 3.13 removed; this is its successor, called the same way. Compilers from
# GCC 14 on refuse the call as it stands; with others the stand-in in engine/oncocds/inference would do.
if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then
    CPPFLAGS="${CPPFLAGS:-} -DPyEval_CallObject=PyObject_CallObject"
    export CPPFLAGS
    cache=--no-binary=durable-rules
else
    cache=
fi

echo "oncocds: setting up $venv ..." >&2
if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --allow-existing --python "$python" "$venv"
    install() { uv pip install --quiet --python "$venv/bin/python" "$@"; }
else
    "$python" -m venv "$venv"
    install() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
fi
# shellcheck disable=SC2086 # an empty $cache must vanish
if [ -n "$constraints" ]; then
    install $cache --constraint "$constraints" --editable ".[$extra]"
else
    case $extra in api) lock=requirements.lock ;; *) lock=requirements-test.lock ;; esac
    install $cache --require-hashes --requirement "$lock"
    install --no-deps --editable .
fi
"$venv/bin/python" -c 'import oncocds.inference.native' || {
    echo "oncocds: durable-rules was built but does not import under $("$python" --version). Remove $venv and run again." >&2
    exit 1
}
