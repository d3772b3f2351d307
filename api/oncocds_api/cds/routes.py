"""The routes of CDS Hooks: discovery, the services, and their feedback; and what feedback tells of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse

from oncocds.errors import InputError
from oncocds_api.cds.error_route import HookRoute
from oncocds_api.cds.hooks import Hooks
from oncocds_api.cds.models import CdsResponse, Discovery
from oncocds_api.cds.outcome import MEDIA_TYPE
from oncocds_api.cds.services import TEMPLATES, discovery, offered
from oncocds_api.evaluations.evaluations import WORK_PROBLEMS
from oncocds_api.feedback.feedback import Feedback, FeedbackUnavailable
from oncocds_api.feedback.store import RuleCount
from oncocds_api.monitoring.request_log import DIGEST
from oncocds_api.requests.models import ANY_OBJECT
from oncocds_api.requests.noting import note
from oncocds_api.requests.requests import MOST_FHIR_BYTES
from oncocds_api.security.guards import GUARD_PROBLEMS, Guard
from oncocds_api.settings.settings import Settings
from oncocds_api.web.bodies import BODY_PROBLEMS, json_body
from oncocds_api.web.problems import documented, problem, refused

SECURITY = "Oncocds-Security"
"""The header of discovery's answer that tells how hook calls are checked."""
_TEXT: dict[str, Any] = {"type": "string"}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", **({"required": list(required)} if required else {}), "properties": properties}


_HOOK_BODY = _object(
    {
        "hook": _TEXT,
        "hookInstance": {"type": "string", "format": "uuid"},
        "fhirServer": {"type": "string", "format": "uri"},
        "fhirAuthorization": _object(
            {
                "access_token": _TEXT,
                "token_type": {"type": "string", "const": "Bearer"},
                "expires_in": {"type": "integer"},
                "scope": _TEXT,
                "subject": _TEXT,
                "patient": _TEXT,
            },
            *("access_token", "token_type", "expires_in", "scope", "subject"),
        ),
        "context": _object(
            {
                "userId": {"type": "string", "description": "The user, such as Practitioner/abc."},
                "patientId": {"type": "string", "description": "The bare id of the Patient."},
                "encounterId": _TEXT,
                "selections": {
                    "type": "array",
                    "items": _TEXT,
                    "description": "At order-select: the orders in question, such as MedicationRequest/abc.",
                },
                "draftOrders": {
                    **ANY_OBJECT,
                    "required": ["resourceType"],
                    "properties": {"resourceType": {"const": "Bundle"}},
                    "description": "At order-select and order-sign: a Bundle of the draft orders.",
                },
            },
            *("userId", "patientId"),
        ),
        "prefetch": {
            "type": "object",
            "description": "FHIR resources by the keys that discovery names; null for no data.",
            "properties": {
                one.key: {**ANY_OBJECT, "type": ["object", "null"], "description": one.query} for one in TEMPLATES
            },
        },
    },
    *("hook", "hookInstance", "context"),
)
_OUTCOME = _object(
    {
        "card": {"type": "string", "format": "uuid"},
        "outcome": {"type": "string", "enum": ["accepted", "overridden"]},
        "acceptedSuggestions": {"type": "array", "items": _object({"id": _TEXT}, "id")},
        "overrideReason": _object({"reason": ANY_OBJECT, "userComment": _TEXT}),
        "outcomeTimestamp": {"type": "string", "format": "date-time"},
    },
    *("card", "outcome", "outcomeTimestamp"),
)
_FEEDBACK_BODY = _object({"feedback": {"type": "array", "minItems": 1, "items": _OUTCOME}}, "feedback")


class RuleFeedback(BaseModel):
    """What became of the cards that rest on a rule; ``reasons`` counts why they were overridden.

    A notice, which rests on no rule, is counted by its own id in the place of a rule's.
    """

    rule: str
    shown: int
    accepted: int
    overridden: int
    reasons: dict[str, int]


class FeedbackByRule(BaseModel):
    """What became of the cards, by rule, and of the notices, by notice."""

    rules: list[RuleFeedback]


class Received(BaseModel):
    """Feedback was taken; there is nothing to tell."""


def hook_routes(settings: Settings, hooks: Hooks, feedback: Feedback, guard: Guard) -> APIRouter:
    """Return the routes an EHR calls; ``guard`` checks who does."""
    router = APIRouter(route_class=HookRoute)
    services = offered(per_hook=settings.service_per_hook)
    told = discovery(settings.language, services)
    security = "development" if settings.development else "jwt" if settings.issuers else "no-issuers"
    missing: dict[int | str, dict[str, Any]] = {
        412: {"description": "Required data could not be had", "content": {MEDIA_TYPE: {"schema": ANY_OBJECT}}}
    }

    @router.get("/cds-services", response_model=Discovery)
    async def discover() -> Response:
        """List the services."""
        return JSONResponse(told, headers={SECURITY: security, "Cache-Control": "no-cache"})

    @router.post(
        "/cds-services/{service}",
        dependencies=[Depends(guard)],
        response_model=CdsResponse,
        responses=documented(*WORK_PROBLEMS, *GUARD_PROBLEMS, "not-found", "keys-unavailable") | missing,
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _HOOK_BODY}}}},
    )
    async def call(request: Request, service: str) -> Response:
        """Answer a hook with cards. What goes wrong is an error status, never an empty list of cards."""
        if service not in services:
            return problem("not-found")
        body = await json_body(request, most=MOST_FHIR_BYTES)
        if isinstance(body, Response):
            return body
        response, request.scope[DIGEST] = await hooks.answer(services[service], body, request)
        return response

    @router.post(
        "/cds-services/{service}/feedback",
        dependencies=[Depends(guard)],
        response_model=Received,
        responses=documented(
            "refused", *BODY_PROBLEMS, *GUARD_PROBLEMS, "not-found", "keys-unavailable", "no-feedback", "not-recorded"
        ),
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _FEEDBACK_BODY}}}},
    )
    async def outcome(request: Request, service: str) -> Response:
        """Take what became of cards. Comments in free text are not kept."""
        if service not in services:
            return problem("not-found")
        body = await json_body(request)
        if isinstance(body, Response):
            return body
        try:
            outcomes = await feedback.received(service, body)
        except InputError as error:
            return refused(error)
        except FeedbackUnavailable:
            return problem("no-feedback")
        note(request.scope, service=service, outcomes=[one.told() for one in outcomes])
        return JSONResponse({})

    return router


def feedback_routes(feedback: Feedback, named: frozenset[str], guard: Guard) -> APIRouter:
    """Return the routes that tell what became of cards; ``named`` are the rules and notices there are."""
    router = APIRouter(dependencies=[Depends(guard)])
    problems = documented(*GUARD_PROBLEMS, "no-feedback")

    @router.get("/v1/feedback/rules", response_model=FeedbackByRule, responses=problems)
    async def all_rules() -> Response:
        """Count what became of the cards of each rule, and of each notice, that was shown."""
        try:
            return JSONResponse({"rules": [asdict(one) for one in await feedback.count()]})
        except FeedbackUnavailable:
            return problem("no-feedback")

    @router.get(
        "/v1/feedback/rules/{identity}",
        response_model=RuleFeedback,
        responses=problems | documented("not-found"),
    )
    async def one_rule(identity: str) -> Response:
        """Count what became of the cards that rest on one rule, or of one notice."""
        if identity not in named:
            return problem("not-found")
        try:
            found = await feedback.count(identity)
        except FeedbackUnavailable:
            return problem("no-feedback")
        return JSONResponse(asdict(found[0] if found else RuleCount(identity, 0, 0, 0, {})))

    return router
