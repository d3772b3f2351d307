"""What the bench sends over HTTP is answered: a server refuses safety settings of a request unless set up for them."""

from __future__ import annotations

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
