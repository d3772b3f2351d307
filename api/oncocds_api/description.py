"""The OpenAPI description: what FastAPI finds in the routes, the profile's schema, our problems, a real answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from oncocds_api.problems import MEDIA_TYPE, ProblemDocument


def describe(app: FastAPI, components: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description; ``components`` are schemas to add, ``answers`` examples of answers by path."""
    made = get_openapi(title=app.title, version=app.version, routes=app.routes)
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


def abbreviated(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with its first item of advice alone."""
    if "evaluation" in answer:
        return {**answer, "evaluation": abbreviated(answer["evaluation"])}
    return {**answer, "advice": answer["advice"][:1]} if "advice" in answer else answer
