#!/bin/sh
# Make sure that there is a Spark for the test of `oncocds cohort submit`: scripts/spark.sh VENV
# Java is the machine's, or Debian's package where we may install it; pyspark (460 MB to fetch, 500 MB on the disk) is set
# up in VENV/spark, apart from what the project needs, in the version of requirements-spark.lock.
set -eu
venv=$1
cd "$(dirname "$0")/.."
if ! command -v java >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "oncocds: installing Java for the test of Spark ..." >&2
    apt-get update -qq >/dev/null && apt-get install -y -qq openjdk-17-jre-headless >/dev/null || true
fi
if ! command -v java >/dev/null 2>&1; then
    echo "oncocds: missing: java, so jobs for Spark cannot be tested. Fix: apt-get install openjdk-17-jre-headless" >&2
    [ "${CI:-}" != true ]
    exit
fi
lock=requirements-spark.lock
if cmp -s "$lock" "$venv/spark/$lock"; then
    exit 0
fi
echo "oncocds: setting up Spark in $venv/spark ..." >&2
rm -rf "$venv/spark"
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$venv/bin/python" --no-deps --require-hashes --target "$venv/spark" -r "$lock"
else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes \
        --target "$venv/spark" --requirement "$lock"
fi && cp "$lock" "$venv/spark/$lock" && exit 0
echo "oncocds: missing: pyspark, so jobs for Spark cannot be tested. Fix: reach the registry, then $0 $venv" >&2
[ "${CI:-}" != true ]
