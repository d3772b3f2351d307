"""What the OpenAPI description shows: pages, and the request with its example. Reading is the engine's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from oncocds.advice.result import KnowledgeId
from oncocds.reference.derived import DerivedPage
from oncocds.reference.pages import DocumentSummary, RulePage

EXAMPLE: dict[str, Any] = {
    "patient": {
        "age": 58,
        "sex": "female",
        "diagnosis": {"tumour_type": "breast", "extent": "metastatic", "laterality": "left", "stage_group": "IV"},
        "biomarkers": {"her2_ihc": "3+", "er_pct": 0, "pr_pct": 0},
        "lesions": [
            {"id": "T8", "organ": "bone", "site": "thoracic_spine", "status": "imaging_positive", "imaging": ["mri"]}
        ],
        "medications": [
            {"drug": "trastuzumab", "status": "active"},
            {"drug": "zoledronate", "status": "active"},
            {"drug": "denosumab", "status": "planned"},
        ],
        "radiotherapy": [{"id": "breast", "site": "breast", "laterality": "left", "status": "planned"}],
    },
    "as_of": "2025-01-31",
}
_POLICY = "Settings laid over the site's, for this patient; safety settings are locked, see /v1/policy."
EXPLANATION_EXAMPLE: dict[str, Any] = {"rule": "BCBM-62", **EXAMPLE}
ANY_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
"""An object with whatever keys. JSON Schema needs no word for that; without it openapi-typescript allows none."""


class RuleList(BaseModel):
    """All rules of the knowledge."""

    knowledge: KnowledgeId
    rules: list[RulePage]


class DerivedList(BaseModel):
    """All derived facts: how each is concluded."""

    knowledge: KnowledgeId
    derived: list[DerivedPage]


class DocumentList(BaseModel):
    """All documents of the knowledge."""

    knowledge: KnowledgeId
    documents: list[DocumentSummary]


def explanation_schema(request: dict[str, Any], rules: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a request that is about one of some rules, too; ``request`` is that of one that is not."""
    rule = {"type": "string", "enum": list(rules), "description": "A rule's id, see /v1/rules."}
    return {**request, "required": ["rule", "patient"], "properties": {"rule": rule, **request["properties"]}}


def request_schema(profile: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of a request and the component schemas it refers to."""
    moved = json.loads(json.dumps(profile).replace("#/$defs/", "#/components/schemas/Profile."))
    components = {f"Profile.{name}": schema for name, schema in moved.pop("$defs", {}).items()}
    moved.pop("$schema", None)
    components["Profile"] = moved
    schema = {
        "type": "object",
        "required": ["patient"],
        "additionalProperties": False,
        "properties": {
            "patient": {"$ref": "#/components/schemas/Profile"},
            "policy": {**ANY_OBJECT, "type": ["object", "null"], "description": _POLICY},
            "as_of": {"type": ["string", "null"], "format": "date", "description": "Default: today."},
        },
    }
    return schema, components
