"""The OpenAPI description: what FastAPI finds in the routes, the profile's schema, our problems, a real answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from oncocds_api.problems import MEDIA_TYPE, ProblemDocument


def describe(app: FastAPI, components: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description; ``components`` are schemas to add, ``answer`` is shown as the evaluation's example."""
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
    if answer:
        evaluated = made["paths"]["/v1/evaluations"]["post"]["responses"]["200"]
        evaluated["content"]["application/json"]["example"] = dict(answer)
    return made
