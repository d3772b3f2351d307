"""What is pasted into the page: read as strictly as the API reads it, and given back as the form is to hold it."""

from __future__ import annotations

from typing import Any

from oncocds.advice.result import Part
from oncocds.engine import Engine
from oncocds.errors import InputError, Problem, ProfileError
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.models import Profile
from oncocds.profile.policy import policy_digest
from oncocds.profile.reading import read_policy, read_profile
from oncocds.reading.strict_json import parse_json
from oncocds.vocabulary.code_tables import CodeTables
from oncocds_api.fhir.service import mapped_profile
from oncocds_api.frames import Frame
from oncocds_api.requests import MOST_FHIR_BYTES, read_request
from oncocds_fhir.contradictory import add_contradictions
from oncocds_fhir.report import MappingReport

_ENVELOPE = ("patient", "policy", "as_of")
_FHIR = ("resourceType", "bundle")


class Pasted(Part):
    """What the form is to hold. An evaluation of that, unchanged, has these digests.

    ``policy`` are the settings that differ from the site's; ``report`` tells of a FHIR Bundle what was not mapped.
    """

    patient: dict[str, Any]
    policy: dict[str, bool | int | float | None]
    as_of: str | None
    input_digest: str
    policy_digest: str
    report: MappingReport | None


def pasted(engine: Engine, codes: CodeTables, body: bytes) -> Frame:
    """Read a profile, a request with one, or a FHIR Bundle. Raises ``InputError`` with each place that is refused."""
    document = parse_json(body, max_bytes=MOST_FHIR_BYTES)
    if not isinstance(document, dict):
        raise InputError([Problem("", "the text is no object", "a patient profile, or a FHIR R4 Bundle")])
    if any(key in document for key in _FHIR):
        found = _mapped(engine, codes, body)
    elif any(key in document for key in _ENVELOPE):
        request = read_request(body, "patient", "the patient profile, see /v1/schema/patient")
        profile = read_profile(request.subject, engine.knowledge.vocabulary)
        found = _found(engine, profile, request.policy or {}, request.as_of)
    else:
        found = _found(engine, _bare(engine, body), {}, None)
    return {"outcome": "done", "digest": found.input_digest}, found.model_dump_json().encode()


def _mapped(engine: Engine, codes: CodeTables, body: bytes) -> Pasted:
    """Map a Bundle; what its records contradict is told by the report, as everywhere."""
    request, mapped, moment = mapped_profile(engine, codes, body)
    asked = request.policy or {}
    effective = engine.effective(asked)
    add_contradictions(mapped, effective, engine.knowledge.vocabulary, moment.date)
    profile = read_profile(mapped.profile, engine.knowledge.vocabulary)
    return _found(engine, profile, asked, request.as_of, mapped.report())


def _bare(engine: Engine, body: bytes) -> Profile:
    """Read a profile without a request around it; its places begin at the document's own root."""
    try:
        return read_profile(body, engine.knowledge.vocabulary)
    except ProfileError as error:
        problems = error.problems
    raise InputError(problems)


def _found(
    engine: Engine, profile: Profile, asked: dict[str, Any], as_of: str | None, report: MappingReport | None = None
) -> Pasted:
    policy = read_policy(asked, engine.knowledge.vocabulary)
    effective = engine.effective(policy)
    changed = {
        name: getattr(effective, name) for name in type(effective).model_fields if name in policy.model_fields_set
    }
    return Pasted(
        patient=profile.model_dump(by_alias=True, exclude_none=True),
        policy={name: value for name, value in changed.items() if value != getattr(engine.policy, name)},
        as_of=as_of,
        input_digest=input_digest(identified(profile)),
        policy_digest=policy_digest(effective),
        report=report,
    )
