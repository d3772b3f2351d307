"""Any profile the contract allows, made from the public fields and the vocabulary alone."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import strategies as st

from oncocds.engine import load_bundled_or
from oncocds.profile.coverage import public_fields
from oncocds.profile.history import series_names, series_units
from oncocds.profile.made import models_of
from oncocds.profile.models import ITEM_LISTS, OPEN
from oncocds.proofs.drugs import told_apart
from oncocds.vocabulary.drug_classes import contradiction
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.models import Quantity

VOCABULARY = bundled_vocabulary()
PUBLIC = public_fields(VOCABULARY)
Plain = dict[str, Any]

_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters that nobody sees
_TEXTS = st.text(st.characters(categories=("L", "N"), exclude_characters=_FILLERS), min_size=1, max_size=12)
_IDS = st.text(st.characters(categories=("L", "Nd"), exclude_characters=_FILLERS), min_size=1, max_size=12)
_NUMBERS: dict[str, st.SearchStrategy[Any]] = {
    "a": st.integers(0, 130) | st.floats(0, 130),
    "%": st.floats(0, 100),
    "{score}": st.floats(0, 10),
    "mm[Hg]": st.floats(40, 200),
    "Gy": st.floats(0.5, 80),
    "d": st.floats(1, 60),
    "wk": st.floats(1, 52),
    "cm": st.floats(0, 30),
}


def _codes(value_set: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(VOCABULARY.value_sets[value_set].members))


# Of hundreds of drugs, some of each kind, and those that rules name.
_DRUGS = st.sampled_from(sorted(told_apart(load_bundled_or(None), 3).drugs))
_CLASSES = ("class", "has_class", "not_class")


def _value(name: str) -> st.SearchStrategy[Any]:
    kind, value_set = PUBLIC[name]
    match kind:
        case "boolean":
            return st.booleans()
        case "code":
            return _codes(value_set or "")
        case "codes":
            return st.lists(_codes(value_set or ""), max_size=4)
        case "date":
            return st.dates().map(lambda date: date.isoformat())
        case "integer":
            return st.integers(1, 4)
        case "number":
            plausible = VOCABULARY.fields[name].plausible
            return st.floats(*plausible) if plausible else _NUMBERS[VOCABULARY.fields[name].unit or ""]
        case "texts":
            return st.lists(_IDS if name == "radiotherapy.targets" else _TEXTS, max_size=3)
        case _:
            return _TEXTS


def measured(quantity: Quantity) -> st.SearchStrategy[Plain]:
    """A plausible value of a quantity in any of its units."""
    low, high = quantity.plausible

    def in_unit(unit: str) -> st.SearchStrategy[Plain]:
        factor = quantity.factors[unit]
        least, most = quantity.plausible_in.get(unit, (low * 1.01 / factor, high * 0.99 / factor))
        inside = st.floats(least, most)
        return st.fixed_dictionaries({"value": inside, "unit": st.just(unit)})

    return st.sampled_from(sorted(quantity.factors)).flatmap(in_unit)


def _lab(analyte: str) -> st.SearchStrategy[Plain]:
    others = {
        name.rsplit(".", 1)[1]: _value(name)
        for name in PUBLIC
        if name.startswith(f"labs.{analyte}.") and not name.endswith((".value", ".reference_low", ".reference_high"))
    }
    more = st.fixed_dictionaries({}, optional=others)
    return st.builds(lambda one, two: {**one, **two}, measured(VOCABULARY.quantities[analyte]), more) | more


def _group(group: str) -> st.SearchStrategy[Plain]:
    prefix = f"{group}."
    fields = {name.removeprefix(prefix): _value(name) for name in PUBLIC if name.startswith(prefix)}
    return st.fixed_dictionaries({}, optional=fields)


def _medication(drug: str) -> st.SearchStrategy[Plain]:
    def named(fields: Plain, name: str) -> Plain:
        plain = dict(fields)
        told = [fields.get(key) for key in _CLASSES]
        if drug != "other" or contradiction(*told, VOCABULARY.implied_classes) is not None:
            plain = {key: value for key, value in fields.items() if key not in _CLASSES}
        return {**plain, "drug": drug, "name": name}

    return st.builds(named, _group("medications"), _TEXTS)


def _items(of_list: str) -> st.SearchStrategy[list[Plain]]:
    if of_list == "medications":
        items = _DRUGS.flatmap(_medication)
    elif of_list == "toxicities":
        items = st.builds(lambda item, term: {"term": term, **item}, _group(of_list), _TEXTS)
    else:
        items = _group(of_list)
    return st.lists(items, max_size=4).flatmap(_with_ids)


def _with_ids(items: list[Plain]) -> st.SearchStrategy[list[Plain]]:
    ids = st.lists(
        st.none() | st.sampled_from(["a", "b", "femur", "zoledronate", "other", "左乳"]), min_size=len(items)
    )

    def name(chosen: list[str | None]) -> list[Plain]:
        free = dict.fromkeys(identity for identity in chosen[: len(items)] if identity is not None)
        padded = [*free, *[None] * len(items)]
        return [
            item if identity is None else {"id": identity, **item}
            for item, identity in zip(items, padded, strict=False)
        ]

    return ids.map(name)


def _resolved(profile: Plain) -> Plain:
    """Let every radiotherapy target be a lesion that is there, or may be."""
    lesions = profile.get("lesions")
    if lesions is None or "lesions" in profile.get("incomplete", ()) or "radiotherapy" not in profile:
        return profile
    known = [lesion["id"] for lesion in lesions if "id" in lesion]
    courses = [{**course, "targets": known} if "targets" in course else course for course in profile["radiotherapy"]]
    return {**profile, "radiotherapy": courses}


ITEMS = {name: _items(name) for name in ITEM_LISTS}
_GROUPS = sorted({name.split(".")[0] for name in PUBLIC if "." in name} - {"labs", "policy", *ITEM_LISTS})
_SINGLE = {name: _value(name) for name in PUBLIC if "." not in name and name != "weight"}
INCOMPLETE = st.lists(st.sampled_from((*OPEN, *models_of(VOCABULARY).closed)), max_size=4)
_LABS = st.fixed_dictionaries({}, optional={a: _lab(a) for a in VOCABULARY.quantities if a != "mass"})


def _earlier(name: str) -> st.SearchStrategy[Plain]:
    """An earlier result, in any unit it may be in."""
    low, high = (5.0, 95.0) if name == "lvef" else VOCABULARY.quantities[name].plausible
    days = st.dates(datetime.date(2020, 1, 1), datetime.date(2026, 8, 1)).map(str)

    def result(unit: str, share: float, day: str) -> Plain:
        factor = 1.0 if name == "lvef" else VOCABULARY.quantities[name].factors[unit]
        value = round((low + share * (high - low)) / factor, 3)
        return {"of": name, "date": day, "value": value, "unit": unit}

    return st.builds(result, st.sampled_from(series_units(name, VOCABULARY)), st.floats(0.3, 0.7), days)


HISTORIES = st.lists(
    st.sampled_from(series_names(VOCABULARY)).flatmap(_earlier),
    max_size=5,
    unique_by=lambda one: (one["of"], one["date"]),
).flatmap(_with_ids)
PROFILES: st.SearchStrategy[Plain] = st.fixed_dictionaries(
    {},
    optional={
        **_SINGLE,
        "weight": measured(VOCABULARY.quantities["mass"]),
        "labs": _LABS,
        **{group: _group(group) for group in _GROUPS},
        **ITEMS,
        "history": HISTORIES,
        "incomplete": INCOMPLETE,
    },
).map(_resolved)
