#!/bin/sh
# Write the locks: the exact versions with their hashes and no index's address, for every supported Python and machine.
#   requirements.lock       what is shipped: the engine, the server and PostgreSQL's driver
#   requirements-test.lock  the same and what the tests take
# The compiler and generator of tests/clients/typescript have npm's lock: scripts/clients.sh .venv install --package-lock-only
# A version stays what it is unless UPGRADE=1. Needs uv, or installs it into .venv-lock.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    "${PYTHON:-python3}" -m venv .venv-lock
    .venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
    uv=.venv-lock/bin/uv
fi
lock() {
    out=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
        ${UPGRADE:+--upgrade} --custom-compile-command "make lock" --output-file "$out" "$@" pyproject.toml
}
lock requirements.lock --extra api --extra postgresql
lock requirements-test.lock --all-extras --constraint requirements.lock
