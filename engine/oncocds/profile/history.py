"""What was measured before: dated results, of which the latest, the baseline and the lowest are filled in.

What is given of a fact always goes first; a history only says what nobody said. Where it may be incomplete nothing is
filled in, since a result that is not written may be the latest: of all of it (``incomplete``), or of what
``history_incomplete`` names. Results after the day of the evaluation do not count.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.errors import Problem
from oncocds.profile.groups import Cardiac
from oncocds.profile.made import models_of
from oncocds.profile.measurements import DatedResult, LabResult
from oncocds.profile.models import Medication, Profile
from oncocds.profile.quantities import canonical, percentage_problems, value_problems
from oncocds.profile.refusals import model_in
from oncocds.reading.nearest import suggestion
from oncocds.text import Text
from oncocds.vocabulary.models import Vocabulary

LVEF = "lvef"
"""How a history calls the ejection fraction; laboratory tests are called as within ``labs``."""
LATEST, BASELINE, LOWEST, ECHO = (
    f"cardiac.{one}" for one in ("lvef_latest", "lvef_baseline", "lvef_nadir", "echo_date")
)
_LVEF_LABEL, _PERCENT = Text("LVEF", "LVEF"), "%"
_ANTI_HER2 = "anti_her2"


@dataclass(frozen=True, slots=True)
class Point:
    """One result of a series: its day and its value, in the preferred unit."""

    date: str
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """All results of one thing up to a day, the oldest first, in the preferred unit.

    ``baseline`` is that before anti-HER2 therapy, of the LVEF alone. ``whole`` tells that none may be missing.
    """

    name: str
    label: Text
    unit: str
    points: tuple[Point, ...]
    baseline: Point | None
    whole: bool

    @property
    def latest(self) -> Point:
        """The newest result."""
        return self.points[-1]

    @property
    def lowest(self) -> Point:
        """The lowest result; of several the first."""
        return min(self.points, key=lambda one: one.value)


def series_names(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return what a history may hold results of."""
    return (LVEF, *models_of(vocabulary).analytes)


def series_label(name: str, vocabulary: Vocabulary) -> Text:
    """Return what a series is called."""
    return _LVEF_LABEL if name == LVEF else vocabulary.fields[f"labs.{name}.value"].label


def series_units(name: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the units that results of a series may be in, the preferred one first."""
    if name == LVEF:
        return (_PERCENT,)
    quantity = vocabulary.quantities[name]
    return tuple(sorted(quantity.factors, key=lambda unit: unit != quantity.unit))


def history_problems(profile: Profile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Find results of what is unknown, in a wrong unit, implausible in theirs, and two of one day."""
    seen: set[tuple[str, str]] = set()
    names = series_names(vocabulary)
    for index, one in enumerate(profile.history or ()):
        pointer = f"/history/{index}"
        if one.of not in names:
            expected = f"one of {', '.join(names)}{suggestion(one.of, names)}"
            yield Problem(f"{pointer}/of", "not a series of results", expected)
            continue
        if (one.of, one.date) in seen:
            yield Problem(f"{pointer}/date", "two results of one day", "one result of each test and day")
        seen.add((one.of, one.date))
        if one.of != LVEF:
            yield from value_problems(pointer, one.value, one.unit, vocabulary.quantities[one.of])
        elif one.unit != _PERCENT:
            yield Problem(f"{pointer}/unit", "a unit that is not accepted here", _PERCENT)
        else:
            plausible = vocabulary.fields[LATEST].plausible
            assert plausible is not None
            yield from percentage_problems(f"{pointer}/value", one.value, plausible)


def series_of(profile: Profile, vocabulary: Vocabulary, as_of: datetime.date) -> tuple[Series, ...]:
    """Return the series of a profile up to a day."""
    told: dict[str, list[Point]] = {}
    today = as_of.isoformat()
    for one in profile.history or ():
        if one.date <= today:
            told.setdefault(one.of, []).append(Point(one.date, _value(one, vocabulary)))
    all_open, open_ = "history" in (profile.incomplete or ()), profile.history_incomplete or ()
    found = []
    for name in series_names(vocabulary):
        if name in told:
            whole = not all_open and name not in open_
            points = tuple(sorted(told[name], key=lambda point: point.date))
            baseline = _baseline(points, profile, vocabulary) if name == LVEF and whole else None
            unit = _PERCENT if name == LVEF else vocabulary.quantities[name].unit
            found.append(Series(name, series_label(name, vocabulary), unit, points, baseline, whole))
    return tuple(found)


def completed(profile: Profile, vocabulary: Vocabulary, as_of: datetime.date) -> Profile:
    """Return the profile with what nobody said filled in from its history, which then is left out."""
    if profile.history is None:
        return profile
    open_ = [name for name in profile.incomplete or () if name != "history"]
    changed: dict[str, Any] = {"history": None, "history_incomplete": None, "incomplete": open_ or None}
    labs: dict[str, LabResult] = {}
    for series in series_of(profile, vocabulary, as_of):
        if not series.whole:
            continue
        if series.name == LVEF:
            changed["cardiac"] = _cardiac(profile, series)
        elif (result := _result(profile, series, vocabulary)) is not None:
            labs[series.name] = result
    if labs:
        changed["labs"] = (profile.labs or _labs(vocabulary)()).model_copy(update=labs)
    return profile.model_copy(update=changed)


def _value(one: DatedResult, vocabulary: Vocabulary) -> float:
    return float(one.value) if one.of == LVEF else canonical(one.value, one.unit, vocabulary.quantities[one.of])


def _cardiac(profile: Profile, series: Series) -> Cardiac:
    """Fill in what nobody said of the LVEF; a day that was given without a value is not that of another result."""
    given = profile.cardiac or Cardiac()
    latest, filled = series.latest, {"lvef_nadir": series.lowest.value}
    found: dict[str, Any] = {}
    if given.lvef_latest is None and given.echo_date in (None, latest.date):
        found |= {"lvef_latest": latest.value, "echo_date": latest.date}
    if series.baseline is not None:
        filled["lvef_baseline"] = series.baseline.value
    found |= {name: value for name, value in filled.items() if getattr(given, name) is None}
    return given.model_copy(update=found)


def _result(profile: Profile, series: Series, vocabulary: Vocabulary) -> LabResult | None:
    """Return the latest result of a series with the limits that were given; None where a result was given."""
    given: LabResult | None = None if profile.labs is None else getattr(profile.labs, series.name)
    latest = {"value": series.latest.value, "unit": series.unit, "date": series.latest.date}
    if given is None:
        model = model_in(_labs(vocabulary).model_fields[series.name].annotation)
        assert model is not None
        return model(**latest)  # type: ignore[return-value]
    if any(one is not None for one in (given.value, given.date, given.interpretation)):
        return None
    limits = {"reference_low": given.reference_low, "reference_high": given.reference_high}
    quantity = vocabulary.quantities[series.name]
    converted = {name: None if one is None else canonical(one, given.unit, quantity) for name, one in limits.items()}
    return given.model_copy(update={**converted, **latest})


def _labs(vocabulary: Vocabulary) -> Any:
    model = model_in(models_of(vocabulary).profile.model_fields["labs"].annotation)
    assert model is not None
    return model


def _baseline(points: tuple[Point, ...], profile: Profile, vocabulary: Vocabulary) -> Point | None:
    """Return the newest LVEF on or before the day the anti-HER2 therapy began; before it begins, the latest.

    It began with the first drug of the therapy that runs. One that was stopped before may have been part of it: then
    both beginnings must agree. None where a drug, its class or its beginning is unknown, or drugs may be missing.
    """
    if profile.medications is None or "medications" in (profile.incomplete or ()):
        return None
    given = [(one, _is_anti_her2(one, vocabulary)) for one in profile.medications]
    if any(is_one is None or (is_one and one.status is None) for one, is_one in given):
        return None
    drugs = [one for one, is_one in given if is_one]
    running = [one.start_date for one in drugs if one.status == "active"]
    ended = [one.start_date for one in drugs if one.status not in ("active", "planned")]
    if not running and not ended:
        return points[-1] if drugs else None
    if not running or None in running or None in ended:
        return None
    starts = [day for day in (*running, *ended) if day is not None]
    began = {min(day for day in running if day is not None), min(starts)}
    before = {max((one for one in points if one.date <= day), key=lambda one: one.date, default=None) for day in began}
    return before.pop() if len(before) == 1 else None


def _is_anti_her2(one: Medication, vocabulary: Vocabulary) -> bool | None:
    if one.drug not in (None, "other"):
        return _ANTI_HER2 in vocabulary.drugs[one.drug].classes
    if _ANTI_HER2 in (*(one.class_ or ()), *(one.has_class or ())):
        return True
    return False if one.class_ is not None or _ANTI_HER2 in (one.not_class or ()) else None


def given_beside(profile: Profile, series: Series, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the facts that were given otherwise than a whole series says: these go first, and are asked about."""
    if not series.whole:
        return
    for fact, value, day, point in _given(profile, series, vocabulary):
        if value is None:
            continue
        at = day or point.date
        of_day = next((one for one in series.points if one.date == at), None)
        if (of_day is not None and of_day.value != value) or (day is not None and day < point.date):
            yield fact


def _given(
    profile: Profile, series: Series, vocabulary: Vocabulary
) -> Iterator[tuple[str, float | None, str | None, Point]]:
    """Yield what was given of a series: the fact, its value and day, and what the series has in its place."""
    if series.name != LVEF:
        result: LabResult | None = None if profile.labs is None else getattr(profile.labs, series.name)
        if result is not None and result.value is not None:
            value = canonical(result.value, result.unit, vocabulary.quantities[series.name])
            yield f"labs.{series.name}.value", value, result.date, series.latest
        return
    cardiac = profile.cardiac or Cardiac()
    yield LATEST, cardiac.lvef_latest, cardiac.echo_date, series.latest
    if series.baseline is not None:
        yield BASELINE, cardiac.lvef_baseline, None, series.baseline
    nadir: Mapping[str, Any] = vars(cardiac)
    yield LOWEST, nadir.get("lvef_nadir"), None, series.lowest
