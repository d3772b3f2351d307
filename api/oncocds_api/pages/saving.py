"""A patient of the page as a scenario file: the answer as it stands, or what the doctor holds against it."""

from __future__ import annotations

import json
from typing import Any

from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.reading.strict_json import parse_json
from oncocds.scenarios.of_patient import Disagreement, scenario_of
from oncocds.vocabulary.code_tables import CodeTables
from oncocds_api.audit.about import about
from oncocds_api.requests.clock import day_of
from oncocds_api.requests.requests import read_request
from oncocds_api.workers.frames import Frame

_KNOWN = ("what", "reason", "missing", "lesion")


def scenario_file(engine: Engine, _codes: CodeTables, body: bytes) -> Frame:
    """Write the patient of one request body: ``{"request": …, "language": zh or en, "disagreement": {…}}``.

    ``request`` is as for an evaluation; without a disagreement the scenario states what the rules came to. Raises
    ``InputError`` with each place that is refused.
    """
    told: Any = parse_json(body)
    told = told if isinstance(told, dict) else {}
    language = told.get("language")
    if language not in ("zh", "en"):
        raise InputError([Problem("/language", "not a language of scenarios", "zh or en")])
    inner = json.dumps(told.get("request")).encode()
    request = read_request(inner, "patient", "the patient profile, see /v1/schema/patient")
    against = _disagreement(told.get("disagreement"))
    answer = engine.evaluate(request.subject, request.policy, day_of(request.as_of))
    text = scenario_of(engine, request.subject, answer, language, against)
    header = {"outcome": "done", "digest": answer.input_digest, "about": about(answer)}
    return header, json.dumps(text, ensure_ascii=False).encode()


def _disagreement(told: Any) -> Disagreement | None:
    if told is None:
        return None
    if not isinstance(told, dict) or not told.keys() <= set(_KNOWN):
        raise InputError([Problem("/disagreement", "not a disagreement", f"an object with: {', '.join(_KNOWN)}")])
    what, reason, missing, lesion = (told.get(name) for name in _KNOWN)
    if not (isinstance(what, str) and isinstance(reason, str) and isinstance(missing, bool | None)):
        raise InputError([Problem("/disagreement", "what and reason are no texts", "words, and why")])
    return Disagreement(what, reason, bool(missing), lesion if isinstance(lesion, str) and lesion else None)
