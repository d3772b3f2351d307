"""Every answer of a server is on record before it leaves; where it cannot be, it is refused, or says so."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from audit_support import AUDIT_KEY, records, settings
from cds_support import order, view
from fhir_support import bundle, patient
from oncocds.engine import Engine
from oncocds.errors import InputError
from oncocds_api.app import create_app
from oncocds_api.audit.chain import files_of
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.on_record import OnRecord
from oncocds_api.audit.verify import verified
from oncocds_api.cds.models import EXTENSION
from oncocds_api.fhir.example import EXAMPLE as BUNDLE
from oncocds_api.monitoring.metrics import Metrics
from oncocds_api.settings.settings import Settings
from patience import until

KEY = AuditKey(AUDIT_KEY)
NAME = "王小明-Secret4711"
PATIENT = {
    "diagnosis": {"tumour_type": "breast"},
    "symptoms": {"cord_signs": True},
    "lesions": [{"id": "Wang.Secret4711", "organ": "bone", "site": "femur"}],
    "medications": [{"id": "drug-Secret4711", "drug": "zoledronate", "status": "active"}],
    "incomplete": ["medications"],
}
DRUG = {
    "resourceType": "MedicationStatement",
    "id": "one-Secret4711",
    "status": "active",
    "medicationCodeableConcept": {"text": f"{NAME}的药"},
    "subject": {"reference": "Patient/p"},
}
SECRETS = ("Secret4711", "王小明", "Practitioner", "bone-two", "femur")
Served = tuple[TestClient, Path]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("audit") / "log"
    with TestClient(create_app(workers=1, settings=settings(folder, development=True))) as client:
        yield client, folder


def last(served: Served) -> dict[str, Any]:
    return records(served[1])[-1]


def overridden(card: dict[str, Any]) -> dict[str, Any]:
    return {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-01-31T10:00:00Z"}


def test_an_evaluation_is_on_record(served: Served, engine: Engine) -> None:
    client, folder = served
    response = client.post("/v1/evaluations", json={"patient": PATIENT, "as_of": "2026-01-31"})
    expected = engine.evaluate(PATIENT, as_of="2026-01-31")
    assert response.json() == expected.model_dump(mode="json")
    told = last(served)
    assert told["decision"] == response.headers["oncocds-decision"]
    assert (told["kind"], told["status"], told["caller"]) == ("evaluation", 200, {"by": "nobody"})
    assert told["request"] == response.headers["x-request-id"]
    (answer,) = told["answers"]
    assert answer["input"] == expected.input_digest
    assert answer["knowledge"] == expected.knowledge.model_dump()
    assert answer["policy"]["digest"] == expected.policy.digest
    assert answer["policy"]["effective"] == expected.policy.effective
    assert (answer["engine"], answer["as_of"]) == (expected.engine, "2026-01-31")
    assert answer["worker"].startswith("sha256:")
    assert answer["open"] == {"medications": {"said": 0}}
    assert "labs.calcium" in str(answer["asked"])
    lines = [(one["section"], one["kind"], one["urgency"]) for one in answer["briefing"]]
    assert lines == [(one.section, one.kind, one.urgency) for one in expected.briefing]
    assert all(len(one["text"]) == 64 for one in answer["briefing"])
    assert "now" in {one["section"] for one in answer["briefing"]}
    assert verified(folder, [KEY])[0].wrong == []


def test_the_start_is_the_first_record(served: Served) -> None:
    first = records(served[1])[0]
    assert (first["n"], first["kind"], first["audit"]) == (1, "start", "required")
    assert len(first["settings"]) == 64
    assert first["worker"].startswith("sha256:")


def test_what_goes_wrong_is_on_record_too(served: Served) -> None:
    client, _ = served
    response = client.post("/v1/evaluations", json={"patient": {"agee": 5, NAME: 1}})
    assert response.status_code == 422
    assert (last(served)["status"], last(served)["problem"]) == (422, "refused")
    assert last(served)["decision"] == response.headers["oncocds-decision"]


def test_records_in_fhir_are_on_record_with_what_was_left_out(served: Served) -> None:
    client, _ = served
    response = client.post("/v1/fhir/evaluations", json={"bundle": bundle(patient(), DRUG)})
    assert response.status_code == 200
    told = last(served)
    (answer,) = told["answers"]
    assert told["kind"] == "fhir-evaluation"
    assert answer["input"] == response.json()["evaluation"]["input_digest"]
    opened = {one["name"]: one["because"] for one in response.json()["report"]["open_lists"]}
    assert set(opened) <= set(answer["open"])
    assert answer["left_out"] == {one["reason"]: one["count"] for one in response.json()["report"]["unmapped"]}


def test_hook_calls_their_cards_and_feedback_are_on_record(served: Served) -> None:
    client, _ = served
    call = view()
    call["prefetch"]["procedures"] = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
    response = client.post("/cds-services/oncocds-patient", json=call)
    told = last(served)
    decision = response.headers["oncocds-decision"]
    cards = response.json()["cards"]
    assert cards
    assert {card["extension"][EXTENSION]["decision_id"] for card in cards} == {decision} == {told["decision"]}
    assert told["cards"] == [{"card": one["uuid"], "urgency": one["indicator"]} for one in cards]
    assert (told["kind"], told["hook"], told["service"]) == ("hook", "patient-view", "oncocds-patient")
    assert told["user"] == KEY.keyed("user", "Practitioner/example")
    assert told["instance"] == KEY.keyed("instance", call["hookInstance"])
    assert told["failed"] == [{"key": "procedures", "pages": False, "why": "error"}]
    assert told["answers"][0]["briefing"]
    answered = client.post("/cds-services/oncocds-patient/feedback", json={"feedback": [overridden(cards[0])]})
    assert answered.status_code == 200
    assert last(served)["outcomes"] == [{"card": cards[0]["uuid"], "outcome": "overridden"}]
    assert last(served)["decision"] == answered.headers["oncocds-decision"]
    missing = order()
    missing["prefetch"]["patient"] = None
    assert client.post("/cds-services/oncocds-orders", json=missing).status_code == 412
    assert (last(served)["status"], last(served)["failed"][0]["key"]) == (412, "patient")


@pytest.mark.parametrize(
    ("path", "body", "kind", "answers"),
    [
        ("/evaluate", {"patient": PATIENT}, "evaluation", 1),
        ("/v1/explanations", {"patient": PATIENT, "rule": "BCBM-62"}, "explanation", 1),
        ("/explanation", {"patient": PATIENT, "rule": "BCBM-62"}, "explanation", 1),
        ("/comparison", {"before": {"patient": {}}, "now": {"patient": PATIENT}}, "comparison", 2),
        ("/scenario", {"request": {"patient": PATIENT}, "language": "zh"}, "scenario", 1),
        (
            "/judgement",
            {
                "patient": PATIENT, "visit": "visit-0001", "outcome": "accepted",
                "items": [["emergency-cord-compression", None]],
            },
            "feedback", 1,
        ),
    ],
)  # fmt: skip
def test_the_page_and_explanations_are_on_record(
    served: Served, path: str, body: dict[str, Any], kind: str, answers: int, engine: Engine
) -> None:
    client, _ = served
    if path == "/judgement":
        item = engine.evaluate(PATIENT).advice[0]
        body = {**body, "items": [[item.action, item.lesion]]}
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    told = last(served)
    assert told["decision"] == response.headers["oncocds-decision"]
    assert (told["kind"], len(told["answers"])) == (kind, answers)
    if path == "/judgement":
        assert told["outcomes"][0]["subject"] == item.action


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/v1/rules", None), ("POST", "/profile", {"patient": {}}), ("POST", "/nowhere", {}), ("GET", "/", None)],
)
def test_what_evaluates_nobody_is_not_on_record(served: Served, method: str, path: str, body: Any) -> None:
    client, folder = served
    before = len(records(folder))
    response = client.request(method, path, json=body)
    assert "oncocds-decision" not in response.headers
    assert len(records(folder)) == before


def test_nothing_of_a_patient_stands_in_the_log(served: Served) -> None:
    client, folder = served
    for path, body in {
        "/v1/evaluations": {"patient": PATIENT},
        "/evaluate": {"patient": {**PATIENT, NAME: 1}},
        "/v1/explanations": {"patient": PATIENT, "rule": "BCBM-62"},
        "/v1/fhir/evaluations": {"bundle": bundle(patient(), DRUG)},
    }.items():
        client.post(path, json=body)
    cards = client.post("/cds-services/oncocds-patient", json=view()).json()["cards"]
    client.post("/cds-services/oncocds-patient/feedback", json={"feedback": [overridden(cards[0])]})
    content = b"".join(path.read_bytes() for path in files_of(folder)[1]).decode()
    content += json.dumps(json.loads(f"[{','.join(content.splitlines())}]"), ensure_ascii=False)
    told = {"evaluation", "explanation", "fhir-evaluation", "hook", "feedback"}
    assert told <= {one["kind"] for one in records(folder)}
    for secret in SECRETS:
        assert secret not in content, secret


def test_the_order_of_requests_is_the_order_of_records(served: Served) -> None:
    client, folder = served
    decisions = [client.post("/v1/evaluations", json={"patient": {}}).headers["oncocds-decision"] for _ in range(3)]
    assert [one["decision"] for one in records(folder)[-3:]] == decisions
    assert len(set(decisions)) == 3


def _is_in(folder: Path, descriptor: int) -> bool:
    return Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(folder)


def fill(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Fill the disk for the files of a folder."""
    real = os.write

    def full(descriptor: int, content: bytes) -> int:
        if _is_in(folder, descriptor):
            raise OSError(errno.ENOSPC, "full")
        return real(descriptor, content)

    monkeypatch.setattr(os, "write", full)


def test_no_answer_leaves_without_its_record(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, folder = served
    before = records(folder)
    fill(monkeypatch, folder)
    for path, body in {"/v1/evaluations": {"patient": PATIENT}, "/evaluate": {"patient": PATIENT}}.items():
        response = client.post(path, json=body)
        assert response.status_code == 503
        assert response.json()["type"].endswith("/not-recorded")
        assert response.headers["retry-after"]
        assert "briefing" not in response.text
    hook = client.post("/cds-services/oncocds-patient", json=view())
    assert hook.status_code == 503
    assert hook.json()["operationOutcome"]["issue"]
    assert "cards" not in hook.json()
    assert client.get("/health/ready").status_code == 503
    assert client.get("/v1/rules").status_code == 200
    assert [one for one in caplog.messages if "ENOSPC" in one and "answers are refused" in one] != []
    assert len([one for one in caplog.messages if "nothing can be written" in one]) == 1
    assert records(folder) == before
    monkeypatch.undo()
    assert client.get("/health/ready").status_code == 200  # though nobody asked for an evaluation meanwhile
    assert client.post("/v1/evaluations", json={"patient": PATIENT}).status_code == 200
    assert [one["kind"] for one in records(folder)[len(before) :]] == ["resumed", "evaluation"]
    assert verified(folder, [KEY])[0].wrong == []


def test_best_effort_answers_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "log"
    blocked.write_text("no folder", "utf-8")
    made = settings(blocked, audit="best-effort", development=True)
    with (
        caplog.at_level(logging.INFO, logger="oncocds_api"),
        TestClient(create_app(workers=1, settings=made)) as client,
    ):
        response = client.post("/v1/evaluations", json={"patient": PATIENT})
        assert response.status_code == 200
        assert response.json()["advice"]
        assert response.headers["oncocds-audit"] == "not-recorded"
        assert "answers leave without a record" in caplog.text
        assert client.get("/health/ready").status_code == 200
        blocked.unlink()  # what was in the way is gone: the log is taken now
        response = client.post("/v1/evaluations", json={"patient": PATIENT})
        assert "oncocds-audit" not in response.headers
        assert [one["kind"] for one in records(blocked)] == ["start", "evaluation"]
    *_, end = told = records(blocked)
    assert [one["kind"] for one in told] == ["start", "evaluation", "stop"]
    assert f"chain 1 ends at record 3, seal {end['seal']}" in caplog.text


def written(folder: Path) -> list[dict[str, Any]]:
    """The records that stand in the log as whole lines: the last one may be in the middle of being written."""
    paths = [path for files in files_of(folder).values() for path in files]
    return [json.loads(line) for path in paths for line in path.read_bytes().rpartition(b"\n")[0].splitlines()]


def until_recorded(folder: Path, kind: str) -> None:
    """Wait until a record of a kind stands in the log."""
    until(lambda: any(one["kind"] == kind for one in written(folder)), kind)


def test_a_disk_that_says_nothing_holds_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "log"
    with TestClient(create_app(workers=1, settings=settings(folder, development=True))) as client:
        assert client.post("/v1/evaluations", json={"patient": {}}).status_code == 200
        monkeypatch.setattr("oncocds_api.audit.log._SECONDS", 0.3)
        real, goes_on = os.write, threading.Event()

        def hangs(descriptor: int, content: bytes) -> int:
            if _is_in(folder, descriptor):
                goes_on.wait(600)
            return real(descriptor, content)

        monkeypatch.setattr(os, "write", hangs)
        refused = client.post("/v1/evaluations", json={"patient": {}})
        assert refused.status_code == 503
        assert client.get("/health/live").status_code == 200
        monkeypatch.setattr(os, "write", real)
        goes_on.set()
        until_recorded(folder, "withdrawn")
    told = records(folder)
    *_, record = (one for one in told if one["kind"] == "evaluation")
    # The record came to stand there after all: that its answer was refused stands there, too.
    assert record["decision"] in [one["decision"] for one in told if one["kind"] == "withdrawn"]


def test_a_sync_that_fails_refuses_and_is_withdrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "log"
    with TestClient(create_app(workers=1, settings=settings(folder, development=True, audit_fsync=True))) as client:
        assert client.post("/v1/evaluations", json={"patient": {}}).status_code == 200

        def fails(_descriptor: int) -> None:
            raise OSError(errno.EIO, "no")

        monkeypatch.setattr(os, "fdatasync", fails)
        assert client.post("/v1/evaluations", json={"patient": {}}).status_code == 503
        monkeypatch.undo()
        assert client.post("/v1/evaluations", json={"patient": {}}).status_code == 200
    told = records(folder)
    withdrawn = {one["decision"] for one in told if one["kind"] == "withdrawn"}
    assert len(withdrawn) == 1
    assert len([one for one in told if one["kind"] == "evaluation" and one["decision"] not in withdrawn]) == 2


def test_what_audit_is_where_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    keyed = Settings.model_validate({"api_keys": {"emr": "an-api-key-of-the-emr"}})
    issued = Settings.model_validate({"issuers": [{"iss": "x", "jku": ["https://e.example/j"]}]})
    assert Settings().audit_mode == "off"
    assert (keyed.audit_mode, issued.audit_mode) == ("required", "required")
    assert Settings.model_validate({"audit_key": AUDIT_KEY}).audit_mode == "best-effort"
    with pytest.raises(InputError, match="audit_key") as refused:
        create_app(workers=1, settings=Settings(audit="required"))
    assert refused.value.problems[0].pointer == "/audit_key"
    assert "openssl" in refused.value.problems[0].expected
    assert list(tmp_path.iterdir()) == []


def test_where_no_key_is_named_one_is_made_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    keyed = Settings.model_validate({"api_keys": {"emr": "an-api-key-of-the-emr"}})
    create_app(workers=1, settings=keyed)
    file = tmp_path / "oncocds-audit.key"
    made = file.read_text("utf-8")
    assert len(made.strip()) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert "oncocds-audit.key" in caplog.text
    assert made.strip() not in caplog.text
    create_app(workers=1, settings=keyed)
    assert file.read_text("utf-8") == made


def test_an_application_that_was_not_started_by_a_server_records_too(tmp_path: Path) -> None:
    """As an embedder's may be: an answer is recorded behind the record of the start, without any other call."""
    client = TestClient(create_app(workers=1, settings=settings(tmp_path / "log", development=True)))
    assert client.post("/v1/evaluations", content=b"").status_code == 415
    assert [(one["n"], one["kind"]) for one in records(tmp_path / "log")] == [(1, "start"), (2, "evaluation")]


def test_off_keeps_nothing(tmp_path: Path) -> None:
    app = create_app(workers=1, settings=settings(tmp_path / "log", audit="off"))
    assert not any(one.cls is OnRecord for one in app.user_middleware)
    assert any(one.cls is OnRecord for one in create_app(workers=1, settings=settings(tmp_path)).user_middleware)


@pytest.mark.parametrize(("audit", "told"), [("off", {"open"}), ("best-effort", {"open", "answer", "briefing"})])
def test_a_worker_makes_what_a_record_holds_only_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, audit: str, told: set[str]
) -> None:
    heard: dict[str, list[dict[str, Any]]] = {}

    def answered(_metrics: Metrics, kind: str, header: dict[str, Any]) -> None:
        heard.setdefault(kind, []).append(header["about"])

    monkeypatch.setattr(Metrics, "answered", answered)
    chosen = settings(tmp_path / "log", audit=audit, development=True)
    with TestClient(create_app(workers=1, settings=chosen)) as client:
        assert client.post("/v1/evaluations", json={"patient": PATIENT}).status_code == 200
        assert client.post("/v1/fhir/evaluations", json=BUNDLE).status_code == 200
        assert client.post("/v1/explanations", json={"rule": "BCBM-62", "patient": PATIENT}).status_code == 200
    assert {"medications": {"said": 0}} in [
        one["open"] for one in heard["evaluation"]
    ]  # metrics count it, records or not
    for kind in ("evaluation", "fhir-evaluation"):  # beside ours the example of the description, of which none is kept
        assert max((one.keys() & {"open", "answer", "briefing"} for one in heard[kind]), key=len) == told
    assert any(heard["explanation"]) is (audit != "off")
