"""From a solver's model to a patient as JSON."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from typing import Any

import z3

from oncocds.profile.finding import SETS
from oncocds.profile.made import models_of
from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.quantities import canonical
from oncocds.proofs.recorded import ELSEWHERE, Recorded, State
from oncocds.proofs.terms import is_true
from oncocds.vocabulary.models import Vocabulary

DAY_ZERO = datetime.date(2026, 1, 1)
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """A patient whom the solver found: profile and policy as a caller would send them."""

    profile: Plain
    policy: Plain


_boolean = cache(z3.Bool)


def patient_of(model: Any, recorded: Recorded, state: State = "before") -> Witness:
    """Return the patient of a model: what it says is recorded, and nothing that it does not speak of."""

    def holds(name: str) -> bool:
        return _holds(model, _boolean(name))

    def known(path: str) -> bool:
        return holds(f"{path}?") or (state == "after" and holds(f"{path}?+"))

    profile: Plain = {}
    policy: Plain = {}
    lists = [name for name in ITEM_LISTS if known(name)]
    for name in lists:
        slots = range(recorded.items[name])
        count = next((slot for slot in slots if not holds(f"{name}[{slot}]")), recorded.items[name])
        profile[name] = [{"id": f"{name[0].upper()}{slot + 1}"} for slot in range(count)]
    for name in (*lists, *filter(known, SETS)):
        whole = state == "after" and holds(f"{name}?") and holds(f"{name}?+")
        if holds(f"{name} incomplete") and not whole:
            profile.setdefault("incomplete", []).append(name)
    closed = models_of(recorded.vocabulary).closed
    for path in recorded.paths():
        if not known(path):
            if path in closed and holds(f"{path} incomplete"):
                profile.setdefault("incomplete", []).append(path)
            continue
        value = _value(model, recorded, path)
        if path.startswith("policy."):
            policy[path.removeprefix("policy.")] = value
        elif "[" in path:
            name, _, rest = path.partition("[")
            slot, _, field = rest.partition("].")
            if name in lists and int(slot) < len(profile[name]):
                profile[name][int(slot)][field] = value
        else:
            _set(profile, path, value, recorded)
    return Witness(profile, policy)


def _set(profile: Plain, path: str, value: Any, recorded: Recorded) -> None:
    parts = path.split(".")
    if path == "weight":
        profile["weight"] = {"value": value, "unit": recorded.vocabulary.quantities["mass"].unit}
        return
    part = profile
    for step in parts[:-1]:
        part = part.setdefault(step, {})
    part[parts[-1]] = value
    if parts[0] == "labs" and parts[-1] in ("value", "reference_low", "reference_high"):
        part["unit"] = recorded.vocabulary.quantities[parts[1]].unit


def _holds(model: Any, term: Any) -> bool:
    return is_true(model.eval(term))


def _value(model: Any, recorded: Recorded, path: str) -> Any:
    kind = recorded.kind(path)
    if kind == "code":
        codes = recorded.codes(path)
        return next((code for code, when in codes.items() if _holds(model, when)), next(iter(codes)))
    if kind == "codes":
        return [code for code, when in recorded.codes(path).items() if _holds(model, when)]
    if kind == "texts":
        aimed = recorded.targets(path) if path.endswith(".targets") else {}
        named = [place for place, one in aimed.items() if _holds(model, one)]
        return [place if place == ELSEWHERE else f"L{int(place) + 1}" for place in named]
    value = model.eval(recorded.raw(path), model_completion=True)
    if kind == "boolean":
        return is_true(value)
    if kind == "text":
        return f"text {value.as_long()}"
    if kind == "date":
        return (DAY_ZERO + datetime.timedelta(days=value.as_long())).isoformat()
    if kind == "integer":
        return value.as_long()
    return round(float(value.as_fraction()), 4)


def raw_value(profile: Profile, policy: Policy, path: str, vocabulary: Vocabulary) -> Any:
    """Return what was recorded of a path, measurements in their preferred unit; None for nothing."""
    if path.startswith("policy."):
        return getattr(policy, path.removeprefix("policy."))
    if "[" in path:
        name, _, rest = path.partition("[")
        slot, _, field = rest.partition("].")
        items = getattr(profile, name) or ()
        return getattr(items[int(slot)], "class_" if field == "class" else field) if int(slot) < len(items) else None
    part: Any = profile
    for step in path.split("."):
        part = None if part is None else getattr(part, step)
    if part is None:
        return None
    quantities = vocabulary.quantities
    if path == "weight":
        return canonical(part.value, part.unit, quantities["mass"])
    group, _, rest = path.partition(".")
    analyte, _, field = rest.partition(".")
    if group == "labs" and field in ("value", "reference_low", "reference_high"):
        assert profile.labs is not None
        return canonical(part, getattr(profile.labs, analyte).unit, quantities[analyte])
    return part
