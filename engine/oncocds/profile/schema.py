"""The profile's JSON Schema, with the vocabulary's value sets, labels and units written in.

``title`` is the Chinese label, ``description`` the English one with its unit; ``x-labels`` holds the labels of codes.
The reader is stricter than the schema in what a schema says badly: references between items, plausible values, dates.
"""

from __future__ import annotations

import copy
from typing import Any

from oncocds.profile.history import series_label, series_names, series_units
from oncocds.profile.made import models_of
from oncocds.profile.models import LISTS
from oncocds.text import Text
from oncocds.vocabulary.models import Field, Quantity, Vocabulary

_Schema = dict[str, Any]


def profile_schema(vocabulary: Vocabulary) -> _Schema:
    """Return the JSON Schema (2020-12) of a profile."""
    schema = models_of(vocabulary).profile.model_json_schema(by_alias=True)
    definitions: dict[str, _Schema] = schema["$defs"]
    definitions["Weight"]["properties"]["unit"] = _unit(vocabulary.quantities["mass"])
    _label(schema, definitions, "", vocabulary)
    _label_labs(definitions, vocabulary)
    _label_history(definitions["DatedResult"]["properties"], vocabulary)
    _finish(schema, vocabulary)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "oncocds patient profile"}


def _label(node: _Schema, definitions: dict[str, _Schema], prefix: str, vocabulary: Vocabulary) -> None:
    for name, inner in node.get("properties", {}).items():
        field = vocabulary.fields.get(prefix + name)
        if field is not None:
            _describe(inner, field)
        elif not prefix and name in LISTS:
            _words(inner, vocabulary.lists[name])
        target = _reference(inner, definitions)
        if target is not None and name != "labs":
            _label(target, definitions, f"{prefix}{name}.", vocabulary)


def _label_labs(definitions: dict[str, _Schema], vocabulary: Vocabulary) -> None:
    """Give every analyte a definition of its own: results share one model, their labels and units differ."""
    analytes = definitions["Labs"]["properties"]
    for analyte in models_of(vocabulary).analytes:
        shared = next(part["$ref"].rsplit("/", 1)[-1] for part in analytes[analyte]["anyOf"] if "$ref" in part)
        own = definitions[f"labs.{analyte}"] = copy.deepcopy(definitions[shared])
        own.pop("title", None)
        own.pop("description", None)
        quantity = vocabulary.quantities[analyte]
        for name, inner in own["properties"].items():
            field = vocabulary.fields.get(f"labs.{analyte}.{name}")
            if field is not None:
                # The value is in the unit beside it, whatever the preferred one is.
                _words(inner, field.label)
        own["properties"]["unit"] = {"anyOf": [_unit(quantity), {"type": "null"}]}
        own["if"] = {"properties": {"value": {"type": "number"}}, "required": ["value"]}
        own["then"] = {"properties": {"unit": {"type": "string"}}, "required": ["unit"]}
        analytes[analyte] = {"anyOf": [{"$ref": f"#/$defs/labs.{analyte}"}, {"type": "null"}]}
        _words(analytes[analyte], vocabulary.fields[f"labs.{analyte}.value"].label)
    for shared in ("LabResult", "CalciumResult"):
        definitions.pop(shared, None)


def _label_history(node: _Schema, vocabulary: Vocabulary) -> None:
    """Name what a history may hold results of, and the units of any of them; the reader knows which go together."""
    names = {name: series_label(name, vocabulary) for name in series_names(vocabulary)}
    _words(node["of"], Text("项目", "what was measured"))
    node["of"]["enum"] = [*names]
    node["of"]["x-labels"] = {name: {"zh": label.zh, "en": label.en} for name, label in names.items()}
    _words(node["date"], Text("日期", "date"))
    _words(node["value"], Text("数值", "value"))
    _words(node["unit"], Text("单位", "unit (UCUM)"))
    node["unit"]["enum"] = sorted({unit for name in names for unit in series_units(name, vocabulary)})


def _unit(quantity: Quantity) -> _Schema:
    low, high = quantity.plausible
    return {
        "type": "string",
        "enum": list(quantity.factors),
        "title": "单位",
        "description": f"unit (UCUM); plausible: {low:g} to {high:g} {quantity.unit}",
    }


def _describe(node: _Schema, field: Field) -> None:
    _words(node, field.label)
    if field.unit:
        node["description"] += f" [{field.unit}]"


def _words(node: _Schema, label: Text) -> None:
    node["title"], node["description"] = label.zh, label.en


def _finish(node: Any, vocabulary: Vocabulary) -> None:
    """Write the codes in, and take out what only a program makes of a model."""
    if isinstance(node, dict):
        value_set = node.pop("x-value-set", None)
        if value_set is not None:
            members = vocabulary.value_sets[value_set].members
            node["enum"] = list(members)
            node["x-labels"] = {code: {"zh": each.label.zh, "en": each.label.en} for code, each in members.items()}
        if "default" in node and node["default"] is None and "anyOf" in node:
            del node["default"]
        for inner in node.values():
            _finish(inner, vocabulary)
    elif isinstance(node, list):
        for inner in node:
            _finish(inner, vocabulary)


def _reference(node: Any, definitions: dict[str, _Schema]) -> _Schema | None:
    """Return the definition that a node refers to, directly, as an item or as one of several."""
    if isinstance(node, dict):
        if "$ref" in node:
            return definitions.get(node["$ref"].rsplit("/", 1)[-1])
        return next((found for part in node.values() if (found := _reference(part, definitions)) is not None), None)
    if isinstance(node, list):
        return next((found for part in node if (found := _reference(part, definitions)) is not None), None)
    return None
