"""What a worker process does with a request about FHIR resources: map them, and evaluate what was mapped."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from oncocds.advice.result import Evaluation, Part
from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_date
from oncocds.vocabulary.code_tables import CodeTables
from oncocds_api.audit.about import about, left_open
from oncocds_api.requests.clock import now
from oncocds_api.requests.requests import WorkRequest, read_request
from oncocds_api.tracing.timing import timed
from oncocds_api.workers.frames import Frame
from oncocds_fhir.bundle import collect
from oncocds_fhir.contradictory import add_contradictions
from oncocds_fhir.mapping import Mapped, map_bundle
from oncocds_fhir.report import MappingReport
from oncocds_fhir.times import Moment

_PROVENANCE = "The resources behind each fact, by the paths that `because` names: type and id, never a person's data."


class FhirProfile(Part):
    """A profile mapped from FHIR resources; it can be sent to /v1/evaluations as `patient`."""

    as_of: str
    profile: dict[str, Any]
    provenance: dict[str, list[str]] = Field(description=_PROVENANCE)
    report: MappingReport


class FhirEvaluation(Part):
    """The evaluation of a mapped profile, with the way it came about."""

    evaluation: Evaluation
    profile: dict[str, Any]
    provenance: dict[str, list[str]] = Field(description=_PROVENANCE)
    report: MappingReport


def fhir_profile(engine: Engine, codes: CodeTables, body: bytes) -> Frame:
    """Map the Bundle of one request body."""
    request, mapped, moment = mapped_profile(engine, codes, body)
    policy = engine.effective(request.policy)
    add_contradictions(mapped, policy, engine.knowledge.vocabulary, moment.date)
    answer = FhirProfile(
        as_of=moment.date.isoformat(), profile=mapped.profile, provenance=mapped.sources, report=mapped.report()
    )
    return {"outcome": "done", "digest": "-"}, answer.model_dump_json().encode()


def fhir_evaluation(engine: Engine, codes: CodeTables, body: bytes) -> Frame:
    """Map the Bundle of one request body, and evaluate the profile."""
    request, mapped, moment = mapped_profile(engine, codes, body)
    with timed("evaluation"):
        evaluation = engine.evaluate(mapped.profile, request.policy, moment.date)
    add_contradictions(mapped, engine.effective(request.policy), engine.knowledge.vocabulary, moment.date)
    answer = FhirEvaluation.model_construct(
        evaluation=evaluation, profile=mapped.profile, provenance=mapped.sources, report=mapped.report()
    )
    told = about(evaluation, open_lists=left_open(mapped.profile, mapped.remarks))
    told |= {"left_out": mapped.remarks.counts(), "instant": moment.instant and moment.instant.isoformat()}
    return {"outcome": "done", "digest": evaluation.input_digest, "about": told}, answer.model_dump_json().encode()


def moment_of(as_of: str | None) -> Moment:
    """Return the moment of an evaluation: a day, or now. Raises ``InputError``."""
    if as_of is not None:
        return Moment(read_date(as_of))
    instant = now()
    return Moment(instant.date(), instant)


def mapped_profile(engine: Engine, codes: CodeTables, body: bytes) -> tuple[WorkRequest, Mapped, Moment]:
    """Map the Bundle of one request body as of the request's date, or now. Raises ``InputError``."""
    request = read_request(body, "bundle", "a FHIR R4 Bundle of one patient's records", bare="resourceType", fhir=True)
    moment = moment_of(request.as_of)
    pointer = "" if request.bare else "/bundle"
    if request.subject.get("resourceType") != "Bundle":
        raise InputError([Problem(f"{pointer}/resourceType", "not a Bundle", "Bundle")])
    with timed("mapping"):
        mapped = map_bundle(collect(request.subject, pointer), engine.knowledge.vocabulary, codes, moment)
    return request, mapped, moment
