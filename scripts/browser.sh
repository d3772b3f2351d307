#!/bin/sh
# Make sure that there is a Chromium for the tests of the pages. Any will do; where we may install Debian's packages, it is
# the shell without a window, which shows and prints the same pages with less than half of the work.
set -eu
if command -v chromium-headless-shell >/dev/null 2>&1; then
    exit 0
fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "oncocds: installing chromium and Chinese fonts for the tests of the pages ..." >&2
    if apt-get update -qq >/dev/null && apt-get install -y -qq chromium-headless-shell fonts-noto-cjk >/dev/null; then
        exit 0
    fi
fi
if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; then
    exit 0
fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get install -y -qq chromium fonts-noto-cjk >/dev/null  # an older Debian has no shell
    exit 0
fi
echo "oncocds: missing: chromium, so the tests of the pages in a browser cannot run. Fix: apt-get install chromium-headless-shell fonts-noto-cjk" >&2
[ "${CI:-}" != true ]
