"""What the README tells a newcomer to type does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from oncocds.cli import main
from patience import PATIENCE

README = Path(__file__).resolve().parent.parent / "README.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_first_answer_over_http_comes_when_its_lines_are_pasted_at_once(tmp_path: Path) -> None:
    """The server has not begun to listen when curl is typed."""
    found = re.search(r"## Over HTTP\n\n```sh\n(.+?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lines = found[1].replace(".venv/bin/oncocds serve", f"'{sys.executable}' -m oncocds serve --port {port}")
    lines = lines.replace("localhost:8000", f"127.0.0.1:{port}").replace("serve --port", "serve 2>log >log --port")
    process = subprocess.Popen(
        ["bash", "-c", lines], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        answer, told = process.communicate(timeout=PATIENCE)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
    assert process.returncode == 0, told
    assert json.loads(answer)["briefing"][0]["ref"] == "spinal-cord-compression-alert"


def test_a_port_that_is_taken_is_said_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"oncocds: /port: 127.0.0.1:{port} cannot be listened on (Address already in use); expected a free" in said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["plugin.py"], "usage: plugin.py PATIENT.json"),
        (["post_fhir_bundle.py"], "usage: post_fhir_bundle.py BUNDLE.json"),
        (["post_fhir_bundle.py", "fhir/hepatocellular-carcinoma.json", "http://127.0.0.1:1"], "does not answer"),
    ],
)
def test_an_example_called_without_what_it_needs_says_what_that_is(command: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, *command], cwd=README.parent / "examples", capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
