"""Validation errors become problems: where (a JSON pointer), what is wrong, what was expected — never the value."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from oncocds.errors import Problem
from oncocds.profile.models import Weight
from oncocds.profile.policy import Policy
from oncocds.profile.quantities import accepted_units
from oncocds.reading.nearest import folded, meant, nearest
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.printed_names import nearest_drugs

MOST_PROBLEMS = 50
_SHORT_LIST = 8
_NEAREST = 3
_A_SLIP = 0.8  # of the letters: nearer than the same word in another place
_EXPECTED = {
    "bool_type": "true or false",
    "float_type": "a number (no quotes)",
    "int_type": "a whole number (no quotes)",
    "int_from_float": "a whole number",
    "string_type": "text",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "codes": "a code or a list of codes",
}


def problems_of(error: ValidationError, model: type[BaseModel], vocabulary: Vocabulary) -> list[Problem]:
    """Translate the errors of validating a ``Profile`` or a ``Policy``; of very many, the first ones."""
    translate = _Translation(model, vocabulary)
    # The values are looked at for the nearest codes only; no problem repeats one.
    details = error.errors(include_url=False)[:MOST_PROBLEMS]
    found = {(problem.pointer, problem.reason): problem for problem in map(translate.problem, details)}
    return list(found.values())


class _Translation:
    def __init__(self, model: type[BaseModel], vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary

    def problem(self, detail: ErrorDetails) -> Problem:
        kind, context = detail["type"], detail.get("ctx", {})
        steps, owner = steps_of(place_of(detail), self._model)
        pointer = "".join(f"/{_step(step)}" for step in steps)
        if kind == "extra_forbidden":
            return self._unknown_key(pointer, steps, owner)
        if kind == "code":
            return Problem(pointer, "not a code of this field", self._codes(detail["input"], context["value_set"]))
        if kind == "missing":
            units = accepted_units(self._vocabulary.quantities["mass"])
            return Problem(
                pointer, "missing", f"its unit: {units}" if owner is Weight and steps[-1] == "unit" else "a value"
            )
        if "expected" in context:
            return Problem(pointer, detail["msg"], str(context["expected"]))
        return _plain_problem(pointer, kind, context)

    def _codes(self, code: Any, value_set: str) -> str:
        """Say which codes are allowed: all of them, of a long set those whose names come near."""
        values = self._vocabulary.value_sets[value_set]
        codes = tuple(values.members)
        if len(codes) <= _SHORT_LIST:
            return "one of " + ", ".join(codes)
        if value_set == "drug":
            near = nearest_drugs(str(code), self._vocabulary)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            other = "; a drug that is not among them: use drug: other with its name"
            return f"one of the {len(codes)} codes of drug{hint}{other}"
        by_name = {
            name: member.code
            for member in values.members.values()
            for name in (member.code, member.label.zh, member.label.en, *member.synonyms)
        }
        near = tuple(dict.fromkeys(by_name[name] for name in nearest(str(code), by_name, n=_NEAREST)))
        if not near:
            return "one of " + ", ".join(codes)
        return f"one of the {len(codes)} codes of {value_set}; nearest: {', '.join(near)}"

    def _unknown_key(self, pointer: str, steps: list[int | str], owner: type[BaseModel]) -> Problem:
        key = str(steps[-1])
        keys = [info.alias or name for name, info in owner.model_fields.items()]
        prefix = _prefix(steps, self._model)
        here = dict(zip(keys, keys, strict=True))
        elsewhere: dict[str, set[str]] = {}
        for name, field in self._vocabulary.fields.items():
            if field.world == "derived" or (field.world == "policy") != issubclass(self._model, Policy):
                continue
            group, _, last = name.rpartition(".")
            words = (last, field.label.zh, field.label.en, *field.synonyms)
            if f"{group}." == prefix or (not group and not prefix):
                here.update(dict.fromkeys(words[1:], last))
            elif field.type != "text" or group not in self._vocabulary.lists:  # the name of somebody is no drug's
                for word in words:
                    elsewhere.setdefault(folded(word), set()).add(name)
        near = list(dict.fromkeys(here[word] for word in meant(key, here, n=_NEAREST) if here[word] in keys))
        there = elsewhere.get(folded(key), ())
        if len(there) == 1 and not nearest(key, here, enough=_A_SLIP):
            near = [*there]
        hint = f"; did you mean '{near[0]}'?" if near else ""
        shown = keys if len(keys) <= 2 * _SHORT_LIST or not near else near
        return Problem(pointer, f"unknown key{hint}", ("one of " if shown is keys else "nearest: ") + ", ".join(shown))


def _plain_problem(pointer: str, kind: str, context: dict[str, Any]) -> Problem:
    if kind == "string_pattern_mismatch":
        return Problem(pointer, "characters that no id has, maybe invisible", "letters, digits and . _ : - only")
    bounds = [
        f"{sign} {context[name]:g}"
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if isinstance(context.get(name), int | float)
    ]
    if bounds:
        return Problem(pointer, "out of range", " and ".join(bounds))
    what = "characters" if kind.startswith("string") else "items"
    for name, words in (("max_length", "at most"), ("min_length", "at least")):
        if name in context:
            return Problem(pointer, "wrong length", f"{words} {context[name]} {what}")
    return Problem(pointer, "wrong type", _EXPECTED.get(kind, "a value of the documented type"))


def _step(step: int | str) -> str:
    # A key may itself be hostile, or a patient's data in the wrong place: it is shortened and made printable.
    shown = "".join(character if character.isprintable() else "?" for character in str(step)[:60])
    return shown.replace("~", "~0").replace("/", "~1")


def _prefix(steps: list[int | str], model: type[BaseModel]) -> str:
    """Return how field names begin beside the last step: ``diagnosis.``, ``lesions.``, ``policy.`` or nothing."""
    if issubclass(model, Policy):
        return "policy."
    return "".join(f"{step}." for step in steps[:-1] if isinstance(step, str))


def place_of(detail: ErrorDetails) -> tuple[int | str, ...]:
    """Return where an error of validation is told: what an item is refused for as a whole, at one of its fields."""
    context = detail.get("ctx", {})
    return (*detail["loc"], context["at"]) if "at" in context else detail["loc"]


def steps_of(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[list[int | str], type[BaseModel]]:
    """Return the JSON steps of an error's location and the model its last step belongs to."""
    steps: list[int | str] = []
    owner = model
    inner: type[BaseModel] | None = model
    for step in location:
        if isinstance(step, int):
            steps.append(step)
        elif inner is not None:
            owner = inner
            field = next((f for name, f in owner.model_fields.items() if step == (f.alias or name)), None)
            steps.append(step)
            inner = model_in(field.annotation) if field is not None else None
        # A name after a leaf is a member of a union, not a place in the JSON.
    return steps, owner


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model within an annotation such as ``list[Lesion] | None``, None where there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := model_in(part)) is not None), None)
