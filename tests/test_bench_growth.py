"""The rules that the bench grows are rules indeed: each copy fires exactly where the rule it was made of does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import json, pathlib
from bench.growth import grown
from oncocds import Engine
engine = Engine.load()
few = len(engine.knowledge.conditions)
knowledge = grown(engine.knowledge, few + 1)
assert len(knowledge.conditions) == 2 * few, len(knowledge.conditions)
larger = Engine(knowledge, engine.policy)
files = sorted(pathlib.Path("examples/patients").glob("*.json"))
assert files
for file in files:
    read = json.loads(file.read_text("utf-8"))
    patient = read.get("patient", read)
    verdicts = list(engine.evaluate(patient).verdicts.items())
    found = list(larger.evaluate(patient).verdicts.items())
    assert found == verdicts + [(name + "001", verdict) for name, verdict in verdicts], file
"""


def test_every_copy_fires_where_its_original_does() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
