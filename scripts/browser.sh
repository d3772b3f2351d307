#!/bin/sh
# Make sure that there is a Chromium for the tests of the pages: the system's, or Debian's package where we may install it.
set -eu
if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; then
    exit 0
fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "oncocds: installing chromium and Chinese fonts for the tests of the pages ..." >&2
    apt-get update -qq >/dev/null && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
    exit 0
fi
echo "oncocds: missing: chromium, so the tests of the pages in a browser cannot run. Fix: apt-get install chromium fonts-noto-cjk" >&2
[ "${CI:-}" != true ]
