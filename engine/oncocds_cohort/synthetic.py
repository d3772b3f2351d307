"""Patients made up of the rules' examples: thinned, crossed, and given a registry's variety of numbers and dates.

They are nobody's: for trying, testing and measuring. The same knowledge, number and seed make the same patients.
"""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.models import ITEM_LISTS
from oncocds_cohort.schema import ID, PATIENT

Plain = dict[str, Any]
_FIRST_DAY, _DAYS = datetime.date(2021, 1, 1), 2000
_WHOLE = ("weight", "labs")  # their parts do not stand alone
_TARGETS = "targets"


def made_up(knowledge: Knowledge, count: int, seed: int = 1) -> Iterator[tuple[str, Plain]]:
    """Yield ids and profiles; each profile is one that the engine accepts."""
    cases: list[Plain] = [_copied(example.given) for rule in knowledge.rules.values() for example in rule.examples]
    making = _Making(cases, random.Random(seed))
    for number in range(1, count + 1):
        yield f"S{seed}-{number:09}", making.patient()


def line(identity: str, patient: Plain) -> bytes:
    """Return a patient as a line of NDJSON."""
    return json.dumps({ID: identity, PATIENT: patient}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _copied(given: Any) -> Plain:
    """Return an example as JSON has it, without what it says is not recorded."""
    return _without_null(json.loads(json.dumps(given)))  # type: ignore[no-any-return]


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_null(inner) for name, inner in value.items() if inner is not None}
    return [_without_null(inner) for inner in value] if isinstance(value, list) else value


class _Making:
    def __init__(self, cases: list[Plain], source: random.Random) -> None:
        self._cases = cases
        self._random = source
        self._parts: list[tuple[str, str, list[Any]]] = []
        self._items: dict[str, list[Plain]] = {name: [] for name in ITEM_LISTS}
        pool: dict[tuple[str, str], list[Any]] = {}
        for case in cases:
            for group, value in case.items():
                if group in self._items:
                    self._items[group] += value
                elif isinstance(value, dict) and group not in _WHOLE:
                    for name, inner in value.items():
                        pool.setdefault((group, name), []).append(inner)
                elif group not in _WHOLE:
                    pool.setdefault((group, ""), []).append(value)
        self._parts = [(group, name, values) for (group, name), values in sorted(pool.items())]

    def patient(self) -> Plain:
        """Return one patient."""
        chance, choice = self._random.random, self._random.choice
        made: Plain = {}
        for group, value in choice(self._cases).items():
            if group in self._items:
                made[group] = [dict(item) for item in value]
            elif chance() < 0.9:
                kept = dict(value) if isinstance(value, dict) else value
                if isinstance(value, dict) and group not in _WHOLE:
                    kept = {name: inner for name, inner in value.items() if chance() < 0.9}
                made[group] = kept
        for group, name, values in self._random.sample(self._parts, self._random.randint(0, 8)):
            if name:
                made.setdefault(group, {})[name] = choice(values)
            else:
                made[group] = choice(values)
        self._measure(made)
        self._list(made)
        return made

    def _measure(self, made: Plain) -> None:
        chance = self._random.random
        if chance() < 0.9:
            made["age"] = self._random.randrange(25, 95) if chance() < 0.9 else round(self._random.uniform(25, 95), 1)
        if chance() < 0.9:
            made["sex"] = self._random.choice(("female", "female", "male"))
        if chance() < 0.5:
            pounds = chance() < 0.1
            made["weight"] = (
                self._value(143, 30, 44, 900, 0, "[lb_av]") if pounds else self._value(65, 14, 20, 400, 1, "kg")
            )
        labs = dict(made.get("labs", {}))
        for share, name, make in self._results():
            if chance() < share:
                labs[name] = make()
        if labs:
            made["labs"] = labs
        if chance() < 0.3:
            cardiac = made["cardiac"] = dict(made.get("cardiac", {}))
            cardiac["lvef_baseline"] = self._number(62, 5, 20, 90, 0)
            if chance() < 0.7:
                cardiac["lvef_latest"] = self._number(58, 8, 20, 90, 0)
            if chance() < 0.7:
                cardiac["echo_date"] = self._date()

    def _results(self) -> tuple[tuple[float, str, Callable[[], Plain]], ...]:
        limits = {"reference_low": 2.11, "reference_high": 2.52}
        return (
            (0.5, "creatinine", lambda: self._value(85, 40, 20, 2000, 1, "umol/L")),
            (0.1, "creatinine", lambda: self._value(1, 0.4, 0.3, 20, 2, "mg/dL")),
            (0.4, "calcium", lambda: {**self._value(2.35, 0.25, 1, 5, 2, "mmol/L"), **limits}),
            (0.1, "calcium", lambda: self._value(9.4, 1, 5, 20, 1, "mg/dL")),
            (0.3, "albumin", lambda: self._value(38, 6, 15, 60, 1, "g/L")),
            (0.4, "platelets", lambda: self._value(190, 80, 5, 1000, 0, "10*9/L")),
        )

    def _list(self, made: Plain) -> None:
        chance, choice = self._random.random, self._random.choice
        for name, known in self._items.items():
            if known and chance() < (0.35 if name in made else 0.15):
                more = choice((1, 1, 1, 2, 2, 3, 5, 8 if name == "medications" else 4))
                made[name] = [*made.get(name, ()), *(dict(choice(known)) for _ in range(more))]
            for item in made.get(name, ()):
                for key in [key for key in item if key not in ("id", "drug", "name", "term") and chance() < 0.05]:
                    del item[key]
        for item in made.get("medications", ()):
            if chance() < 0.4:
                item["start_date"] = self._date()
            if item.get("status") in ("stopped", "completed") and chance() < 0.7:
                item["stop_date"] = max(self._date(), item.get("start_date", ""))
        for name in self._items:
            for number, item in enumerate(made.get(name, ())):
                item["id"] = f"{name[0].upper()}{number}"
        self._aim(made)

    def _aim(self, made: Plain) -> None:
        lesions = [lesion["id"] for lesion in made.get("lesions", ())]
        for course in made.get("radiotherapy", ()):
            if _TARGETS in course and "lesions" in made:
                aimed = self._random.sample(lesions, min(len(lesions), len(course[_TARGETS])))
                course |= {_TARGETS: aimed}

    def _number(self, mean: float, spread: float, low: float, high: float, digits: int) -> float:
        return round(min(high, max(low, self._random.gauss(mean, spread))), digits or None)

    def _value(self, mean: float, spread: float, low: float, high: float, digits: int, unit: str) -> Plain:
        return {"value": self._number(mean, spread, low, high, digits), "unit": unit}

    def _date(self) -> str:
        return (_FIRST_DAY + datetime.timedelta(days=self._random.randrange(_DAYS))).isoformat()
