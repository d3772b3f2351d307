"""``oncocds audit``: verify, show, replay, export."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from audit_support import AUDIT_KEY, records, settings
from cds_support import view
from fhir_support import bundle, patient
from oncocds import __version__
from oncocds.cli.main import main
from oncocds.knowledge.knowledge import Knowledge
from oncocds_api.app import create_app
from oncocds_api.audit.chain import Chain, files_of
from oncocds_api.audit.key import AuditKey

KEY = AuditKey(AUDIT_KEY)
PATIENT = {
    "diagnosis": {"tumour_type": "breast"},
    "symptoms": {"cord_signs": True},
    "lesions": [{"id": "left.rib", "organ": "bone", "site": "rib"}],
    "labs": {"calcium": {"value": 2.9, "unit": "mmol/L", "date": "2026-01-01"}},
}
BUNDLE = bundle(patient())


class Site:
    """A site's log with one answer of each kind, its settings, and the key in a file."""

    def __init__(self, home: Path) -> None:
        self.home, self.log = home, home / "log"
        (home / "audit.key").write_text(f"{AUDIT_KEY}\n", "utf-8")
        (home / "settings.json").write_text(
            json.dumps({"audit_key": {"file": "audit.key"}, "audit_log": str(self.log)}), "utf-8"
        )
        more = {"development": True, "audit_file_bytes": 16384}
        with TestClient(create_app(workers=1, settings=settings(self.log, **more))) as client:
            self.plain = self._id(client, "/v1/evaluations", {"patient": PATIENT, "as_of": "2026-01-31"})
            changed = {"patient": PATIENT, "as_of": "2026-01-31", "policy": {"elderly_age": 65}}
            self.changed = self._id(client, "/v1/evaluations", changed)
            self.fhir = self._id(client, "/v1/fhir/evaluations", {"bundle": BUNDLE})
            self.hook = self._id(client, "/cds-services/oncocds-patient", view())
            self.refused = self._id(client, "/v1/evaluations", {"patient": {"age": "x"}})
            self._id(client, "/v1/explanations", {"patient": PATIENT, "rule": "BCBM-62"})

    @staticmethod
    def _id(client: TestClient, path: str, body: Any) -> str:
        return client.post(path, json=body).headers["oncocds-decision"]

    def run(self, *arguments: str) -> int:
        return main(["audit", *arguments, "--settings", str(self.home / "settings.json")])

    def file(self, name: str, content: Any) -> str:
        path = self.home / name
        path.write_text(json.dumps(content), "utf-8")
        return str(path)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


def test_verify_says_where_the_chain_stands(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("verify") == 0
    out = capsys.readouterr().out
    end = records(site.log)[-1]
    assert f"records: {end['n']}, chains: 1, wrong: 0" in out
    anchor = f"1:{end['n']}:{end['seal']}"
    assert f"anchor {anchor}" in out
    assert site.run("verify", str(site.log), "--anchor", anchor) == 0
    assert main(["audit", "verify", str(site.log), "--key", str(site.home / "audit.key")]) == 0
    assert site.run("verify", "--anchor", "1:2") == 2
    assert "CHAIN:NUMBER:SEAL" in capsys.readouterr().err


def test_verify_names_file_and_line(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for files in files_of(site.log).values():
        for path in files:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    path = files_of(tmp_path)[1][0]
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"status":200', b'"status":422', 1))
    assert site.run("verify", str(tmp_path)) == 1
    assert re.search(rf"^{path.name}:2: .*changed", capsys.readouterr().out, re.MULTILINE)


def test_what_cannot_be_read_is_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # where no key was made
    assert site.run("verify", str(tmp_path)) == 2
    assert site.run("verify", str(tmp_path / "none")) == 2
    (tmp_path / "empty.json").write_text("{}", "utf-8")
    assert main(["audit", "verify", str(site.log), "--settings", str(tmp_path / "empty.json")]) == 2
    assert "key" in capsys.readouterr().err
    assert not (tmp_path / "oncocds-audit.key").exists()


def test_show_prints_a_record(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("show", "--decision", site.plain) == 0
    out = capsys.readouterr()
    assert json.loads(out.out)["decision"] == site.plain
    assert "chain-0001.000001.jsonl:2: sealed" in out.err
    assert site.run("show", "--decision", str(uuid.uuid4())) == 2
    assert "holds no record" in capsys.readouterr().err


def test_replay_makes_the_same_answer(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    file = site.file("patient.json", PATIENT)
    for decision in (site.plain, site.changed):
        assert site.run("replay", decision, file) == 0
        assert capsys.readouterr().out.splitlines() == ["input: the same digest", "same answer, byte for byte"]
    assert site.run("replay", site.fhir, site.file("bundle.json", {"bundle": BUNDLE})) == 0


def test_replay_of_another_patient_says_so_and_what_differs(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    other = {**PATIENT, "symptoms": {"cord_signs": False}}
    assert site.run("replay", site.plain, site.file("other.json", other)) == 1
    out = capsys.readouterr().out
    assert "NOT the patient that was recorded" in out
    assert "NOT the same answer" in out
    assert re.search(r"^- now: advice \S+ \(urgency critical\): not here$", out, re.MULTILINE)
    assert re.search(r"^input: recorded sha256:\w+, here sha256:\w+$", out, re.MULTILINE)


def test_replay_with_other_knowledge_says_which(
    site: Site,
    tmp_path: Path,
    knowledge: Knowledge,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folders: list[Path | None] = []

    def other(folder: Path | None, _overlay: Path | None) -> Knowledge:
        folders.append(folder)
        return replace(knowledge, version="9.9.9", digest="sha256:other")

    monkeypatch.setattr("oncocds_api.audit.replay.load_bundled_or", other)
    assert site.run("replay", site.plain, site.file("p.json", PATIENT), "--knowledge", str(tmp_path)) == 1
    assert folders == [tmp_path]
    out = capsys.readouterr().out
    assert "input: the same digest" in out
    assert re.search(r"knowledge: recorded sha256:\w+ \(version [\d.]+\), here sha256:other \(version 9.9.9\)", out)
    assert "the briefing is the same, what stands behind it is not" in out


def test_replay_by_another_engine_is_refused_by_name(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (record,) = (one for one in records(site.log) if one.get("decision") == site.plain)
    told = {name: part for name, part in record.items() if name not in ("n", "previous", "chain", "seal", "time")}
    told["answers"][0]["engine"] = "0.0.9"
    chain = Chain.taken(tmp_path / "log", KEY, 1 << 20)
    chain.append({"time": record["time"], **told})
    chain.close()
    file = site.file("patient.json", PATIENT)
    assert site.run("replay", site.plain, file, "--log", str(tmp_path / "log")) == 2
    err = capsys.readouterr().err
    assert "0.0.9" in err
    assert __version__ in err


def test_what_holds_no_evaluation_cannot_be_made_again(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("replay", site.refused, site.file("patient.json", PATIENT)) == 2
    assert "no evaluation" in capsys.readouterr().err


OUTCOMES, ACTIONS = {"0", "4", "8", "12"}, set("CRUDE")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# http://hl7.org/fhir/R4/auditevent.html: the elements there are, by path; those with * must be there.
ELEMENTS = {
    "": "resourceType* id type* subtype action recorded* outcome outcomeDesc agent* source* entity",
    "agent": "who name requestor*",
    "agent.who": "identifier",
    "source": "observer* type",
    "source.observer": "display",
    "entity": "what type detail",
    "entity.what": "identifier",
    "entity.detail": "type* valueString*",
    **dict.fromkeys(("type", "subtype", "source.type", "entity.type"), "system code* display"),
    **{f"{path}.identifier": "system value*" for path in ("agent.who", "entity.what")},
}
MANY = {"subtype", "agent", "source.type", "entity", "entity.detail"}


def fits_r4(part: dict[str, Any], path: str = "") -> None:
    known = {name.rstrip("*"): name.endswith("*") for name in ELEMENTS[path].split()}
    assert part.keys() <= known.keys(), (path, part.keys())
    assert {name for name, needed in known.items() if needed} <= part.keys(), (path, part.keys())
    for name, value in part.items():
        inner = f"{path}.{name}".lstrip(".")
        assert isinstance(value, list) == (inner in MANY), inner
        assert value not in ("", [], {}, None), inner
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                fits_r4(one, inner)
            else:
                assert isinstance(one, bool if name == "requestor" else str), inner


def test_records_are_exported_as_audit_events_of_r4(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("export", "--fhir") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = records(site.log)
    assert len(events) == len(told)
    for event, record in zip(events, told, strict=True):
        assert event["resourceType"] == "AuditEvent"
        fits_r4(event)
        assert INSTANT.fullmatch(event["recorded"])
        assert event["outcome"] in OUTCOMES
        assert event["action"] in ACTIONS
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", event["id"])
        assert sum(agent["requestor"] for agent in event["agent"]) == 1
        assert record["seal"] in str(event["entity"])
    assert len({event["id"] for event in events}) == len(events)
    by_decision = {event["entity"][0]["what"]["identifier"]["value"]: event for event in events}
    assert by_decision[site.refused]["outcome"] == "4"
    assert "briefing:1" in str(by_decision[site.hook]["entity"])
    assert {event["type"]["code"] for event in events} == {"110100", "rest"}


def test_what_is_no_record_is_left_out_of_the_export_and_said(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = files_of(site.log)[1][0]
    (tmp_path / path.name).write_bytes(path.read_bytes().replace(b'"kind":"start"', b'"kind":"stert"'))
    assert site.run("export", "--fhir", "--log", str(tmp_path)) == 1
    out = capsys.readouterr()
    assert f"{path.name}:1: left out" in out.err
    assert len(out.out.splitlines()) == len(path.read_bytes().splitlines()) - 1
