"""The profile's JSON Schema, with the vocabulary's value sets, labels and units written in."""

from __future__ import annotations

from typing import Any

from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.vocabulary.models import Vocabulary


def profile_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a profile."""
    schema = Profile.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    _enumerate(schema, vocabulary)
    _label(schema, definitions, "", vocabulary)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "oncocds patient profile",
    }


def _enumerate(node: Any, vocabulary: Vocabulary) -> None:
    if isinstance(node, dict):
        value_set = node.pop("x-value-set", None)
        if value_set is not None:
            node["enum"] = list(vocabulary.value_sets[value_set].members)
        for inner in node.values():
            _enumerate(inner, vocabulary)
    elif isinstance(node, list):
        for inner in node:
            _enumerate(inner, vocabulary)


def _label(node: dict[str, Any], definitions: dict[str, Any], prefix: str, vocabulary: Vocabulary) -> None:
    for name, inner in node.get("properties", {}).items():
        field = vocabulary.fields.get(prefix + name)
        if field is not None:
            inner["title"] = field.label.zh
            inner["description"] = field.label.en + (f" [{field.unit}]" if field.unit else "")
        target = _reference(inner, definitions)
        # Laboratory results share one definition; their labels stand in the vocabulary by analyte.
        if target is not None and prefix != "labs.":
            _label(target, definitions, f"{name}." if name in ITEM_LISTS else f"{prefix}{name}.", vocabulary)


def _reference(node: Any, definitions: dict[str, Any]) -> dict[str, Any] | None:
    if isinstance(node, dict):
        if "$ref" in node:
            found: dict[str, Any] | None = definitions.get(node["$ref"].rsplit("/", 1)[-1])
            return found
        return next((found for part in node.values() if (found := _reference(part, definitions)) is not None), None)
    if isinstance(node, list):
        return next((found for part in node if (found := _reference(part, definitions)) is not None), None)
    return None
