"""What the bench sends over HTTP is answered: a server refuses safety settings of a request unless set up for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
from bench.patients import patients
from bench.web import settings_used
from oncocds import Engine
from oncocds.errors import PolicyError
cases = patients(Engine.load())[1]
served = Engine.load(free_policy=settings_used(Engine.load(), cases))
strict = Engine.load(free_policy=())
refused = 0
for _, policy in cases:
    served.effective(policy)
    try:
        strict.effective(policy)
    except PolicyError:
        refused += 1
assert refused, "no patient comes with a safety setting: nothing is shown"
"""


def test_every_policy_of_the_patients_is_taken_by_the_server_that_the_bench_starts() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


EMPTY = """
from starlette.testclient import TestClient
from bench.web import create_app
answer = TestClient(create_app()).post("/bench/empty", json={})
assert (answer.status_code, answer.content) == (200, b"{}"), answer
"""


def test_the_empty_handler_that_evaluations_are_measured_beside_answers(tmp_path: Path) -> None:
    around = {**os.environ, "PYTHONPATH": str(ROOT), "ONCOCDS_FEEDBACK_DATABASE": "sqlite://"}
    command = [sys.executable, "-c", EMPTY]
    done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
