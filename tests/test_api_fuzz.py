"""Every endpoint under generated and hostile requests: no server error, answers as described, nothing leaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from corpus import SCENARIOS, leaves
from patience import SECONDS
from serving_support import process_serving

MARK = "Secret-Zhongqiu-张三"
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """A real server of this machine; yields its address."""
    with process_serving(folder, "--workers", "1") as (_, address):
        yield address


def test_every_endpoint_answers_as_described(server: str) -> None:
    described = schemathesis.openapi.from_url(f"{server}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 8
    assert "/v1/explanations" in {operation.path for operation in operations}
    for operation in operations:

        @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def answers(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, timeout=SECONDS)

        answers()


def test_a_server_on_a_port_that_the_system_chose_is_called_by_it(server: str, folder: Path) -> None:
    assert f"listening on {server}\n" in (folder / "log").read_text("utf-8")
    (named,) = requests.get(f"{server}/openapi.json", timeout=SECONDS).json()["servers"]
    assert named["url"] == server


def test_what_an_answer_names_another_answer_shows(server: str) -> None:
    """Links of the description are followed: from the lists to rules and documents, and between these."""
    described = schemathesis.openapi.from_url(f"{server}/openapi.json").include(path_regex="^/v1/(rules|documents)")
    shown: set[str] = set()

    class Machine(described.as_state_machine()):  # type: ignore[misc]
        def after_call(self, response: Any, case: schemathesis.Case) -> None:
            case.validate_response(response, checks=CHECKS)
            if response.status_code == 200:
                shown.add(case.operation.path)

    Machine.run(
        settings=settings(
            max_examples=10,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
    )
    assert {"/v1/rules/{identity}", "/v1/documents/{identity}"} <= shown  # no generated id is ever found


@pytest.mark.parametrize("path", ["/v1/evaluations", "/v1/explanations", "/v1/fhir/profile", "/v1/fhir/evaluations"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"patient": NaN}',
        b'{"patient": {"age": 1e999}}',
        b'{"patient": {"age": -0.0, "age": 1}}',
        b'{"patient": {"labs": {"calcium": {"value": 1e-320, "unit": "mmol/L"}}}}',
        b'{"patient": {"__class__": {"__init__": 1}}}',
        b'{"patient": {"$ref": "file:///etc/passwd"}}',
        b'{"patient": {"medications": [{"id": "sid", "drug": "denosumab"}, {"id": "$s", "drug": "denosumab"}]}}',
        b'{"patient": {"medications": [{"id": "f", "drug": "denosumab"}]}, "policy": {"crcl_low": 1e300}}',
        b'{"patient": {"lesions": [' + b",".join([b'{"organ": "bone"}'] * 501) + b"]}}",
        b'{"patient": {"toxicities": [{"term": "\\ud800"}]}}',
        b'{"patient": {"toxicities": [{"term": "\\u0000"}]}}',
        b'{"patient": {"diagnosis": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"patient": {}, "as_of": "9999999999-01-01"}',
        b'{"patient": {}, "as_of": "2026-02-30"}',
        b'{"patient": ' + b"9" * 5000 + b"}",
        b'{"patient": {"' + b"k" * 100_000 + b'": 1}}',
    ],
    ids=range(23),
)
def test_hostile_bodies_are_refused_with_a_place(server: str, path: str, body: bytes) -> None:
    answer = requests.post(f"{server}{path}", data=body, headers={"Content-Type": "application/json"}, timeout=SECONDS)
    assert answer.status_code in ((200, 422) if path == "/v1/evaluations" else (422,))
    if answer.status_code == 422:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"]
        assert len(answer.content) < 20_000
    assert "Traceback" not in answer.text


def test_no_refusal_repeats_a_value_of_the_patients(server: str) -> None:
    patient = SCENARIOS[0]["patient"]
    refused = set()
    with requests.Session() as session:
        for path in leaves(patient):
            broken = json.loads(json.dumps(patient))
            part: Any = broken
            for step in path[:-1]:
                part = part[step]
            part[path[-1]] = MARK
            answer = session.post(f"{server}/v1/evaluations", json={"patient": broken}, timeout=SECONDS)
            assert answer.status_code in (200, 422)  # a lesion may well have such an id
            if answer.status_code == 200:
                continue
            refused.add(path[-1])
            assert MARK not in json.dumps(answer.json(), ensure_ascii=False)
            assert "Zhongqiu" not in answer.text
    assert {"age", "sex", "her2_ihc", "drug", "status", "laterality", "bone_pain"} <= refused
