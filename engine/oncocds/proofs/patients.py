"""From a solver's model to a patient as JSON, and from a patient to the model it stands for."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import z3

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
        closed = state == "after" and holds(f"{name}?") and holds(f"{name}?+")
        if holds(f"{name} incomplete") and not closed:
            profile.setdefault("incomplete", []).append(name)
    for path in recorded.paths():
        if not known(path):
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


def pinned(profile: Profile, policy: Policy, recorded: Recorded) -> Iterator[tuple[Any, bool | int | Fraction]]:
    """Yield every variable there is so far with what a profile says of it: the model that the profile stands for.

    The profile is identified (its items in order of their ids), and no list is longer than the open patient's. A value
    that is not recorded is left out.
    """
    texts: dict[str, int] = {}
    for name in ITEM_LISTS:
        items = getattr(profile, name)
        yield recorded.known(name, "before"), items is not None
        yield recorded.incomplete(name, "before"), name in (profile.incomplete or ())
        for slot in range(recorded.items[name]):
            yield recorded.present(name, slot), slot < len(items or ())
    for path in recorded.paths():
        value = raw_value(profile, policy, path, recorded.vocabulary)
        yield recorded.known(path, "before"), value is not None
        if value is not None:
            yield from _pinned(recorded, path, value, texts)
            if path.endswith(".targets"):
                ids = [lesion.id for lesion in profile.lesions or ()]
                named = {str(ids.index(one)) if one in ids else ELSEWHERE for one in value}
                yield from ((aimed, place in named) for place, aimed in recorded.targets(path).items())


def _pinned(
    recorded: Recorded, path: str, value: Any, texts: dict[str, int]
) -> Iterator[tuple[Any, bool | int | Fraction]]:
    kind = recorded.kind(path)
    if kind == "code":
        yield recorded.raw(path), list(recorded.codes(path)).index(value)
    elif kind == "codes":
        yield from ((inside, code in value) for code, inside in recorded.codes(path).items())
    elif kind == "text":
        yield recorded.raw(path), texts.setdefault(value.casefold(), len(texts))
    elif kind == "date":
        yield recorded.raw(path), (datetime.date.fromisoformat(value) - DAY_ZERO).days
    elif kind in ("number", "integer"):
        yield recorded.raw(path), Fraction(repr(value))
    elif kind == "boolean":
        yield recorded.raw(path), bool(value)


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
