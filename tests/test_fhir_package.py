"""The mapping is a library of its own: what its first lines show works, and no web framework comes with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_BUNDLE = min((Path(__file__).parents[1] / "examples" / "fhir").glob("*.json"))
_PLUGIN = f"""
import datetime, json, pathlib, sys
from oncocds import Engine
from oncocds_fhir import bundled_codes, collect, map_bundle
engine, codes = Engine.load(), bundled_codes()
bundle = json.loads(pathlib.Path({str(_BUNDLE)!r}).read_text())
mapped = map_bundle(collect(bundle), engine.knowledge.vocabulary, codes, datetime.date(2026, 11, 1))
assert engine.evaluate(mapped.profile, None, "2026-11-01").advice
assert mapped.report().resources == len(bundle["entry"])
web = {{name.partition(".")[0] for name in sys.modules}} & {{"fastapi", "starlette", "uvicorn", "oncocds_api"}}
assert not web, web
"""


def test_a_plugin_maps_and_evaluates_without_a_web_framework() -> None:
    done = subprocess.run([sys.executable, "-c", _PLUGIN], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
