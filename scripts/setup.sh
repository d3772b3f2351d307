#!/bin/sh
# Make a virtual environment and install the project with one of its extras: scripts/setup.sh VENV EXTRA
# uv is used when present, otherwise venv and pip.
set -eu
venv=$1
extra=$2
python=${PYTHON:-python3}
here=$(dirname "$0")

sh "$here/preflight.sh" "$python"

# durable-rules 2.0.28 calls a C function that Python 3.13 removed; this is its successor, called the same way.
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
    # shellcheck disable=SC2086 # an empty $cache must vanish
    uv pip install --quiet --python "$venv/bin/python" $cache --editable ".[$extra]"
else
    "$python" -m venv "$venv"
    # shellcheck disable=SC2086
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $cache --editable ".[$extra]"
fi
"$venv/bin/python" -c 'import durable_rules_engine' || {
    echo "oncocds: durable-rules was built but does not import under $("$python" --version). Remove $venv and run again." >&2
    exit 1
}
