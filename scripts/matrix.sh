#!/bin/sh
# The tests under the lowest declared versions, and under each Python that `make test` did not use: scripts/matrix.sh
# A Python that is not there, or one for which the versions cannot be had, is named and not tested; only tests that fail
# make this fail. Left out is what says the same under every version of Python and of what we depend on:
#   test_pages_*          what runs in a browser
#   test_proofs_*         claims and mutants: they ask of the knowledge (under the lowest versions the solver itself is asked
#                         by test_explain_changes, under another Python it is the same library)
#   test_generated_*      clients that generators, in the versions of their locks, make of our description
#   test_cohort_spark     a job on Spark, which is set up once, beside .venv; what it calls is tested by test_cohort_engines
#   test_packaging        makes an environment of its own, with the newest versions
# TESTS="tests/test_cli.py" runs those alone; WORKERS=1 takes one processor instead of all.
# NEWEST=1 runs them instead under the newest versions that the registry has within the declared bounds, says which are not
# those of the lock, and fails where they cannot be set up, too.
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
log=reports/matrix.log
left_out="--ignore-glob=tests/test_pages_* --ignore-glob=tests/test_proofs_* --ignore-glob=tests/test_generated_* --ignore=tests/test_cohort_spark.py --ignore=tests/test_packaging.py"
everything=${TESTS:-tests $left_out}
of_python=${TESTS:-$everything --ignore=tests/test_explain_changes.py}

row() {  # name, python, constraints, tests
    echo "oncocds: matrix: $1" >&2
    rm -rf .venv-matrix
    # shellcheck disable=SC2086 # the tests are several words
    if ! PYTHON=$2 scripts/setup.sh .venv-matrix test "$3" > "$log" 2>&1; then
        [ -z "${NEWEST:-}" ] || result=1
        report="$report$1: cannot be set up here, UNTESTED: $(grep -v '^ *$' "$log" | tail -n 1)
"
        return
    fi
    [ -z "${NEWEST:-}" ] || report="$report$(.venv-matrix/bin/python scripts/differing.py requirements-test.lock)
"
    # shellcheck disable=SC2086 # the tests are several words
    if .venv-matrix/bin/python -m pytest -q -n "${WORKERS:-auto}" -p no:cacheprovider $4; then
        report="$report$1: passed
"
    else
        result=1
        report="$report$1: FAILED
"
    fi
}

mkdir -p reports
if [ -n "${NEWEST:-}" ]; then
    : > reports/newest.txt  # what is declared, and no further constraint
    row "Python $(version "$base"), newest versions" "$base" reports/newest.txt "$everything"
    pythons=
else
    "$base" scripts/lowest.py > reports/lowest.txt
    row "Python $(version "$base"), lowest declared versions" "$base" reports/lowest.txt "$everything"
fi
for wanted in $pythons; do
    [ "$wanted" != "$(version "$base")" ] || continue
    python=$(find_python "$wanted")
    if [ -n "$python" ]; then
        row "Python $wanted ($python), locked versions" "$python" "" "$of_python"
    else
        report="${report}Python $wanted: not on this machine, UNTESTED
"
    fi
done
rm -rf .venv-matrix
printf '%s' "$report"
exit "$result"
