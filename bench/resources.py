"""Start-up time and memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def resident_megabytes() -> float | None:
    """Return the resident set of this process; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * 4096 / 1e6


def start_up(statement: str, times: int = 5) -> float:
    """Return the median of the seconds that a fresh interpreter spends on a statement, its own start not counted.

    One run before them leaves the compiled bytecode behind, as an installation does.
    """
    program = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as bytecode:
        environment["PYTHONPYCACHEPREFIX"] = bytecode
        found = []
        for _ in range(1 + times):
            done = subprocess.run(
                [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment
            )
            found.append(float(done.stdout))
    return statistics.median(found[1:])
