"""Patients for the tests of cohorts: those of the rules' examples and of the scenarios, and what spoils them."""

from __future__ import annotations

import copy
import json
import math
import random
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from oncocds.engine import load_bundled_or
from oncocds.errors import InputError
from oncocds.profile.models import Profile
from oncocds.profile.reading import read_profile

Plain = dict[str, Any]
KNOWLEDGE = load_bundled_or(None)
VOCABULARY = KNOWLEDGE.vocabulary
_SCENARIOS = Path(__file__).parent / "data" / "scenarios.json"
_PLACE = re.compile(r" at line \d+, column \d+")
_LIMITS = [
    number
    for quantity in VOCABULARY.quantities.values()
    for factor in quantity.factors.values()
    for limit in (*quantity.plausible, *(quantity.limits or ()))
    for number in (limit / factor, math.nextafter(limit / factor, 0), math.nextafter(limit / factor, 1e9), limit - 1e-5)
]
_EARLIER: list[Plain] = [
    {
        "history": [
            {"of": name, "date": f"2026-01-0{day}", "value": value + day / 10, "unit": unit}
            for day in (1, 2)
            for name, value, unit in (("lvef", 60, "%"), ("calcium", 2.2, "mmol/L"), ("calcium", 9.4, "mg/dL"))[
                day - 1 :
            ]
        ][: 4 - at % 3],
        **more,
    }
    for at, more in enumerate(
        (
            {},
            {"incomplete": ["history"]},
            {"cardiac": {"lvef_latest": 55}},
            {"history_incomplete": ["calcium"]},
            {"labs": {"calcium": {"value": 3.2, "unit": "mmol/L"}}, "history_incomplete": ["lvef"]},
        )
        * 18
    )
]
_ODD: list[Any] = [
    None, True, False, 0, 1, -1, 5, 3.0, 2.5, 45.0, -0.0, 0.62, 1e9, math.nan, math.inf, 2**53 + 1, 10**30,
    "", " ", "x", "unknown", "other", "5", "true", "2026-02-30", "2026-2-3", "2026-02-03", "2026-W01-1",
    "２０２６-01-01", "a\0b", "a\x01b", "a\u2028b", "😀", "\ud800", "L0", "l-1 ", "左乳", "kg", "mg/dL", "U/L",
    "x" * 200, "x" * 201, "y" * 61,
    [], {}, [None], ["a"], ["lesions"], ["endocrine", "cdk46_inhibitor"], {"id": "x"}, ["x"] * 51, [{}] * 101, [{}],
]  # fmt: skip


@cache
def patients() -> tuple[Plain, ...]:
    """All the patients of the rules' examples and of the scenarios."""
    given = [example.given for rule in KNOWLEDGE.rules.values() for example in rule.examples]
    cases = [case["patient"] for case in json.loads(_SCENARIOS.read_text("utf-8"))]
    return tuple(json.loads(json.dumps(patient)) for patient in [*given, *cases, *_EARLIER])


def refusal(source: Any) -> list[tuple[str, str, str]] | Profile:
    """What the engine says of a profile: the profile, or the issues without the place in a text that is no JSON."""
    try:
        return read_profile(source, VOCABULARY)
    except InputError as error:
        return issues(error.problems)


def issues(problems: Any) -> list[tuple[str, str, str]]:
    return [(one.pointer, _PLACE.sub("", one.reason), one.expected) for one in problems]


def spoilt(patient: Plain, source: random.Random) -> Plain:
    """A patient with one thing changed: a value, a key or an item; it may still be one that is accepted."""
    found = copy.deepcopy(patient)
    places = [*_places(found)]
    if not places:
        return {source.choice(("age", "x", "labs", "id")): source.choice(_ODD)}
    holder, key = source.choice(places)
    value = holder[key]
    what = source.random()
    if what < 0.55:
        holder[key] = copy.deepcopy(source.choice(_ODD))
    elif what < 0.7 and isinstance(value, int | float):
        changes = (value * 1000, -value, value + 0.5, str(value), float(value), value / 1000, source.choice(_LIMITS))
        holder[key] = source.choice(changes)
    elif what < 0.8:
        del holder[key]
    elif isinstance(holder, dict):
        name = source.choice((f"{key}x", "unit", "value", "id", "class", "not_class", "name", "targets", "incomplete"))
        holder[name] = value if source.random() < 0.5 else copy.deepcopy(source.choice(_ODD))
    else:
        holder.insert(source.randrange(len(holder) + 1), copy.deepcopy(value))
    return found


def spoilt_text(patient: Plain, source: random.Random) -> str:
    """The JSON text of a patient with a character more or less, a key doubled, or something else that JSON forbids."""
    text = json.dumps(patient, ensure_ascii=source.random() < 0.5)
    at = source.randrange(len(text))
    what = source.random()
    if what < 0.3:
        return text[:at] + text[at + 1 :]
    if what < 0.6:
        return (
            text[:at] + source.choice((*'{}[]:,"\\ 0-.eN\t\x0b\u00a0\ufeff', "\\u0000", "\\ud83d", "\\n")) + text[at:]
        )
    keys = re.findall(r'"\w+": (?:true|false|null|-?[\d.]+|"\w*"|\[\]|\{\})', text)
    if keys and what < 0.9:
        key = source.choice(keys)
        return text.replace(key, f"{key}, {source.choice(keys)}", 1)
    return text.replace(" ", source.choice(("", "  ", "\t")))


def _places(value: Any) -> Any:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from _places(inner)


@contextmanager
def stored(table: pa.Table) -> Iterator[Path]:
    """A Parquet file of a table, as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.parquet"
        pq.write_table(table, path)
        yield path
