"""The OpenAPI description: what FastAPI finds in the routes, the profile's schema, our problems, a real answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from oncocds import __version__
from oncocds_api.fhir.example import EXAMPLE as FHIR_EXAMPLE
from oncocds_api.requests.models import EXAMPLE, EXPLANATION_EXAMPLE
from oncocds_api.security.signature import ACCESS_KEY, API_KEY, NONCE, SIGNATURE, TIMESTAMP
from oncocds_api.settings.key_settings import ApiKey
from oncocds_api.settings.settings import Settings
from oncocds_api.web.problems import MEDIA_TYPE, ProblemDocument
from oncocds_api.workers.failures import Busy, NotStarted, WorkerLost, WorkerTimeout
from oncocds_api.workers.turns import Overloaded
from oncocds_api.workers.workers import Workers

TITLE = "oncocds"
_EXAMPLES = (
    ("/v1/evaluations", "evaluation", EXAMPLE),
    ("/v1/explanations", "explanation", EXPLANATION_EXAMPLE),
    ("/v1/fhir/profile", "fhir-profile", FHIR_EXAMPLE),
    ("/v1/fhir/evaluations", "fhir-evaluation", FHIR_EXAMPLE),
)
# The rooms of the description, by how their paths begin; the first that fits.
_TAGS = (
    ("evaluations", ("/v1/evaluations", "/v1/explanations"), "A patient profile in, what the documents say out."),
    ("fhir", ("/v1/fhir/",), "The same for records in FHIR R4."),
    ("cds-hooks", ("/cds-services",), "CDS Hooks 2.0.1: discovery, services and their feedback."),
    ("feedback", ("/v1/feedback/",), "What became of the cards, by rule."),
    ("audit", ("/v1/audit/",), "What was answered to whom, by whose leave: the records."),
    ("knowledge", ("/v1/",), "Rules, documents, derived facts, policy and the schema of the profile."),
    ("health", ("/health",), "Whether the server runs, and whether it can answer."),
)
_KEYED = ("evaluations", "fhir", "feedback", "audit")
_SIGNED = {"accessKey": ACCESS_KEY, "timestamp": TIMESTAMP, "nonce": NONCE, "signature": SIGNATURE}
_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "apiKey": {"type": "apiKey", "in": "header", "name": API_KEY, "description": "A key of the site."},
    **{
        name: {
            "type": "apiKey",
            "in": "header",
            "name": header,
            "description": "One of four headers of a signed request; docs/integration.md says what is signed.",
        }
        for name, header in _SIGNED.items()
    },
    "cdsToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The CDS client's signed token for exactly this address.",
    },
}


def describe(
    routes: Sequence[BaseRoute], components: Mapping[str, Any], answers: Mapping[str, Any], settings: Settings
) -> dict[str, Any]:
    """Return the description; ``components`` are schemas to add, ``answers`` examples of answers by path."""
    made = get_openapi(title=TITLE, version=__version__, routes=routes)
    made["servers"] = [{"url": settings.base_url, "description": "base_url of the settings"}]
    made["tags"] = [{"name": name, "description": told} for name, _, told in _TAGS]
    schemes = made.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes.update({name: dict(scheme) for name, scheme in _SCHEMES.items()})
    for path, operations in made["paths"].items():
        tag = next(name for name, beginnings, _ in _TAGS if path.startswith(beginnings))
        for method, operation in operations.items():
            operation["tags"] = [tag]
            if security := _security(tag, method, settings):
                operation["security"] = security
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(components)
    problems = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problems.pop("$defs", {}))
    schemas["ProblemDocument"] = problems
    for path in made["paths"].values():  # nothing is read by FastAPI, so nothing is refused in its format
        for operation in path.values():
            refused = operation["responses"].get("422", {})
            if MEDIA_TYPE not in refused.get("content", {}):
                operation["responses"].pop("422", None)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for path, answer in answers.items():
        answered = made["paths"][path]["post"]["responses"]["200"]
        answered["content"]["application/json"]["example"] = answer
    return made


def _security(tag: str, method: str, settings: Settings) -> list[dict[str, list[str]]]:
    """Return what an operation asks for, one of a list; ``{}`` where a call may come without."""
    if tag == "cds-hooks" and method == "post":
        by_key = any(isinstance(one, ApiKey) and "hooks" in one.roles for one in settings.api_keys.values())
        asked_of_hooks: list[dict[str, list[str]]] = [{}] if settings.development else []
        asked_of_hooks.append({"cdsToken": []})
        return [*asked_of_hooks, {"apiKey": []}] if by_key else asked_of_hooks
    if tag not in _KEYED:
        return []
    asked: list[dict[str, list[str]]] = [{"apiKey": []}] if settings.api_keys else []
    if settings.signing_keys:
        asked.append({name: [] for name in _SIGNED})
    return asked or [{}, {"apiKey": []}]


async def example_answers(pool: Workers) -> dict[str, Any]:
    """Have the workers answer the examples: what they answered, shortened, by path. Raises ``NotStarted`` for a fault.

    Knowledge of a site's own may refuse an example; one that is not answered in time is left out.
    """
    found: dict[str, Any] = {}
    for path, kind, example in _EXAMPLES:
        try:
            header, content = await pool.work(kind, json.dumps(example).encode())
        except (WorkerTimeout, Busy, Overloaded):  # the machine has much to do: nothing is wrong with the knowledge
            continue
        except WorkerLost:
            header, content = {"outcome": "fault", "type": "worker-lost"}, b""
        if header["outcome"] == "fault":
            raise NotStarted(f"the example of {path} could not be evaluated ({header['type']})")
        if header["outcome"] == "done":
            found[path] = abbreviated(json.loads(content))
    return found


def abbreviated(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with its first item of advice alone."""
    if "evaluation" in answer:
        return {**answer, "evaluation": abbreviated(answer["evaluation"])}
    return {**answer, "advice": answer["advice"][:1]} if "advice" in answer else answer
