"""``oncocds serve`` as a process of its own, on a port that the system chose."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from patience import SECONDS, until

START = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from patience import have_patience
from oncocds.cli.main import main
have_patience(searching=False)
sys.exit(main(["serve", "--port", "0", "--pid-file", *sys.argv[1:]]))
"""


@contextlib.contextmanager
def process_serving(folder: Path, *options: str, before: str = "") -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Yield the process, which runs in ``folder`` and writes to ``log`` there, and its address, once it is ready.

    ``before`` is what it does before anything else.
    """
    pid_file = folder / "pid"
    command = [sys.executable, "-c", before + START, str(pid_file), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        until(lambda: pid_file.exists() or process.poll() is not None, "it says where it listens")
        assert process.poll() is None, (folder / "log").read_text("utf-8")
        address = pid_file.read_text("utf-8").split()[1]
        until(lambda: is_ready(address), "it is ready")
        yield process, address
    finally:
        process.terminate()
        process.wait(SECONDS)


def is_ready(address: str) -> bool:
    """Tell whether a server says that it is ready."""
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health/ready", timeout=SECONDS):
        return True
    return False
