#!/bin/sh
# The tests under each Python that `make test` did not use, and under the lowest declared versions: scripts/matrix.sh
# A Python that is not there is named and not tested. What runs in a browser is left out: it asks nothing of Python.
set -eu
cd "$(dirname "$0")/.."
base=${PYTHON:-python3}
pythons="3.11 3.12 3.13 3.14"

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

find_python() {  # prints the path of a Python of version $1, or nothing
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python; do
        path=$(command -v "$candidate" || true)
        if [ -n "$path" ] && [ "$(version "$path")" = "$1" ]; then
            echo "$path"
            return
        fi
    done
}

result=0
report=

row() {  # name, python, constraints
    echo "oncocds: matrix: $1" >&2
    rm -rf ".venv-matrix"
    if PYTHON=$2 scripts/setup.sh .venv-matrix test "$3" &&
        .venv-matrix/bin/pytest -q -n auto -p no:cacheprovider --ignore-glob='tests/test_pages_*'; then
        report="$report$1: passed
"
    else
        result=1
        report="$report$1: FAILED
"
    fi
}

mkdir -p reports
"$base" scripts/lowest.py > reports/lowest.txt
row "Python $(version "$base"), lowest declared versions" "$base" reports/lowest.txt
for wanted in $pythons; do
    [ "$wanted" != "$(version "$base")" ] || continue
    python=$(find_python "$wanted")
    if [ -n "$python" ]; then
        row "Python $wanted ($python), locked versions" "$python" ""
    else
        report="${report}Python $wanted: not on this machine, UNTESTED
"
    fi
done
rm -rf .venv-matrix
printf '%s' "$report"
exit "$result"
