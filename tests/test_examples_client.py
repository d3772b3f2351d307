"""The CDS Hooks client of the examples, run against a served instance that checks its tokens."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from joserfc.jwk import ECKey

from serving_support import process_serving

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.web import free_port

from patience import SECONDS

ROOT = Path(__file__).resolve().parent.parent
ISSUER = "https://ehr.hospital.example"


@dataclass(frozen=True)
class Served:
    """A server and the client's key."""

    address: str
    key: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    key = ECKey.generate_key("P-384", {"kid": "ehr"})
    (folder / "private.json").write_text(json.dumps(key.as_dict(private=True)), "utf-8")
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}), "utf-8")
    settings = folder / "settings.yaml"
    database = folder / "feedback.sqlite3"
    settings.write_text(
        f"issuers: [{{iss: '{ISSUER}', jwks: jwks.json}}]\nfeedback_database: sqlite:///{database}\n", "utf-8"
    )
    port = str(free_port())  # known before: what a token is for begins with the server's address
    with process_serving(folder, "--workers", "1", "--port", port, "--settings", str(settings)) as (_, address):
        yield Served(address, folder / "private.json")


def run(served: Served, bundle: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "examples/cds_client.py", f"examples/fhir/{bundle}.json", served.address, *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)


def test_the_second_bone_agent_is_withdrawn_and_the_feedback_kept(served: Served) -> None:
    signed = ("--issuer", ISSUER, "--key", str(served.key))
    done = run(served, "bone-metastases-with-two-agents", *signed)
    assert done.stderr == ""
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("==")] == [
        "== patient-view", "== order-select", "== order-sign",
    ]  # fmt: skip
    at_sign = lines[next(place for place, line in enumerate(lines) if line.startswith("== order-sign")) :]
    assert at_sign[1].startswith("[critical] 不同的骨改良药物不可同时使用 — ")
    assert at_sign[2].strip() == "> 撤销医嘱草稿：地舒单抗"
    assert f"{served.address}/documents/breast-bone-metastases#p3900-3916" in at_sign[3]
    assert at_sign[-1] == "✓ 撤销医嘱草稿：地舒单抗"
    kept = httpx2.get(f"{served.address}/v1/feedback/rules/BCBM-62", timeout=SECONDS).json()
    assert (kept["shown"], kept["accepted"]) == (2, 1)


@pytest.mark.parametrize(
    "bundle", ["hepatocellular-carcinoma", "her2-positive-with-radiotherapy", "ret-positive-lung-cancer"]
)
def test_a_chart_without_drafts_is_opened(served: Served, bundle: str) -> None:
    done = run(served, bundle, "--issuer", ISSUER, "--key", str(served.key))
    assert done.stderr == ""
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 5
    assert done.stdout.count("==") == 1


def test_without_a_token_the_refusal_is_shown(served: Served) -> None:
    done = run(served, "hepatocellular-carcinoma")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("401 ")
