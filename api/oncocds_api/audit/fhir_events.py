"""Records as AuditEvents of FHIR R4, for whoever gathers those of a hospital."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SUBTYPES = "http://hl7.org/fhir/restful-interaction"
_OBJECTS = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OURS = "https://oncocds.example/audit/"
_APPLICATION = {"start": ("110120", "Application Start"), "stop": ("110121", "Application Stop")}
_DETAILS = ("input", "as_of", "rule", "verdict", "answer", "worker")
_MINOR, _SERIOUS = 400, 500


def audit_event(record: Mapping[str, Any], seal: str) -> dict[str, Any]:
    """Return the AuditEvent of a record: who, when, what, and how it went; digests and keyed hashes as details."""
    kind = str(record["kind"])
    identity = f"oncocds-{record['chain']}-{record['n']}"
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": identity,
        **_what(kind),
        "recorded": record["time"],
        **_outcome(record),
        "agent": [*_callers(record), _server(record)],
        "source": {"observer": {"display": "oncocds"}, "type": [_coding(f"{_OURS}source", "4", "Application Server")]},
        "entity": [_entity(record, seal), *map(_answer, record.get("answers", ()))],
    }
    return event


def _what(kind: str) -> dict[str, Any]:
    if kind in _APPLICATION:
        code, display = _APPLICATION[kind]
        return {
            "type": _coding(_DICOM, "110100", "Application Activity"),
            "subtype": [_coding(_DICOM, code, display)],
            "action": "E",
        }
    subtype = [_coding(_SUBTYPES, "operation", "operation"), _coding(f"{_OURS}kinds", kind, kind)]
    return {"type": _coding(_TYPES, "rest", "RESTful Operation"), "subtype": subtype, "action": "E"}


def _outcome(record: Mapping[str, Any]) -> dict[str, Any]:
    if record["kind"] == "withdrawn":
        return {"outcome": "8", "outcomeDesc": "The answer was refused: it could not be put on record in time."}
    status = record.get("status")
    if status is None or status < _MINOR:
        return {"outcome": "0"}
    told = f"HTTP {status}" + (f": {record['problem']}" if "problem" in record else "")
    return {"outcome": "8" if status >= _SERIOUS else "4", "outcomeDesc": told}


def _callers(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    caller = record.get("caller")
    found: list[dict[str, Any]] = []
    if caller is not None and "name" in caller:
        who = {"identifier": {"system": f"{_OURS}callers/{caller['by']}", "value": caller["name"]}}
        found.append({"who": who, "requestor": "user" not in record})
    elif caller is not None:
        found.append({"name": "not identified", "requestor": "user" not in record})
    if "user" in record:
        found.append({"who": {"identifier": {"system": f"{_OURS}users", "value": record["user"]}}, "requestor": True})
    return found


def _server(record: Mapping[str, Any]) -> dict[str, Any]:
    engine = record.get("engine") or next((one["engine"] for one in record.get("answers", ())), None)
    return {"name": "oncocds" if engine is None else f"oncocds {engine}", "requestor": "caller" not in record}


def _entity(record: Mapping[str, Any], seal: str) -> dict[str, Any]:
    identifier = record.get("decision", f"{record['chain']}:{record['n']}")
    details = {"seal": seal, "record": str(record["n"])}
    details |= {
        name: str(record[name]) for name in ("route", "hook", "instance", "service", "settings") if name in record
    }
    return {
        "what": {"identifier": {"system": f"{_OURS}decisions", "value": identifier}},
        "type": _coding(_OBJECTS, "2", "System Object"),
        "detail": _details(details),
    }


def _answer(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was evaluated: the patient's data by their digest, and what was said of them."""
    details = {name: str(told[name]) for name in _DETAILS if name in told}
    details |= {
        "knowledge": f"{told['knowledge']['version']} {told['knowledge']['digest']}",
        "policy": str(told["policy"]["digest"]),
    }
    details |= {f"open:{name}": ", ".join(reasons) for name, reasons in told.get("open", {}).items()}
    for number, line in enumerate(told.get("briefing", ()), 1):
        details[f"briefing:{number}"] = " ".join(
            str(line[part]) for part in ("section", "urgency", "kind", "ref", "text")
        )
    return {
        "what": {"identifier": {"system": f"{_OURS}inputs", "value": told["input"]}},
        "type": _coding(_OBJECTS, "2", "System Object"),
        "detail": _details(details),
    }


def _details(told: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"type": name, "valueString": value} for name, value in told.items() if value]


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}
