"""When a result was taken, where its record tells it as a Timing: one day, or a span that is no day and is said."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import Resource, fact, lvef, mapped, observation, patient, procedure, quantity, reasons
from fhir_support import implausible as implausible_in

_CREATININE = "14682-9"


def _timed(timing: dict[str, Any], value: float = 97, **fields: Any) -> dict[str, Any]:
    taken = {"valueQuantity": quantity(value, "umol/L"), "effectiveTiming": timing}
    made: dict[str, Any] = observation("o", _CREATININE, None, **taken, **fields)
    return made


@pytest.mark.parametrize(
    "timing",
    [
        {"event": ["2025-01-02"]},
        {"event": ["2025-01-02T08:00:00+08:00"]},
        {"event": ["2025-01-02", "2025-01-02"]},
        {"event": ["2025-01-02"], "code": {"text": "QD"}},
        {"repeat": {"boundsPeriod": {"start": "2025-01-02", "end": "2025-01-02"}}},
    ],
)
def test_one_day_of_a_timing_is_the_day_of_the_result(timing: dict[str, Any]) -> None:
    found = mapped(_timed(timing, issued="2025-01-20T10:00:00Z"))
    assert fact(found, "labs.creatinine.date") == "2025-01-02"
    assert reasons(found) == {}


@pytest.mark.parametrize(
    "timing",
    [
        {"event": ["2025-01-02", "2025-01-05"]},
        {"event": ["2025-01-05", "2025-01-03", "2025-01-02"]},
        {"event": ["2025-01"]},
        {"repeat": {"boundsPeriod": {"start": "2025-01-02", "end": "2025-01-05"}}},
    ],
)
def test_several_days_are_none_and_it_is_said(timing: dict[str, Any]) -> None:
    found = mapped(_timed(timing, issued="2025-01-20T10:00:00Z"))
    assert fact(found, "labs.creatinine.value") == 97
    assert fact(found, "labs.creatinine.date") is None
    assert reasons(found) == {"imprecise-date": ["Observation/o"]}


def test_span_is_later_than_what_lies_before_it_and_not_than_what_lies_in_it() -> None:
    spread = _timed({"event": ["2025-01-02", "2025-01-05"]})

    def beside(day: str) -> Any:
        older = observation("old", _CREATININE, day, valueQuantity=quantity(300, "umol/L"))
        return fact(mapped(older, spread), "labs.creatinine.value")

    assert (beside("2025-01-01"), beside("2025-01-03"), beside("2025-01-06")) == (97, None, 300)


@pytest.mark.parametrize("timing", [{"event": "2025-01-02"}, {"event": [5]}, {"event": ["05.01.2025"]}, "2025-01-02"])
def test_timing_that_cannot_be_read_leaves_the_result_out_and_open(timing: Any) -> None:
    older = observation("old", _CREATININE, "2024-01-01", valueQuantity=quantity(300, "umol/L"))
    found = mapped(older, _timed(timing))
    assert fact(found, "labs.creatinine.value") is None
    assert reasons(found)["unreadable"] == ["Observation/o"]


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ({"effectiveTiming": {"event": ["1951-03-20"]}}, True),
        ({"effectiveInstant": "1951-03-20T08:00:00Z"}, True),
        ({"effectiveDateTime": "1951-03-20", "effectiveInstant": "2025-01-02T08:00:00Z"}, False),  # nobody knows when
        ({"issued": "1951-03-20T08:00:00Z"}, False),
    ],
)
def test_result_before_the_birth_is_told_whatever_says_when_it_was_taken(taken: Resource, told: bool) -> None:
    result = observation("o", _CREATININE, None, valueQuantity=quantity(97, "umol/L"), **taken)
    found = mapped(patient(birthDate="1961-03-20"), result)
    assert ("record-before-birth" in implausible_in(found)) is told


def test_procedure_before_the_birth_is_told_as_newer_versions_of_fhir_date_it() -> None:
    done = procedure("p", {"text": "骨科手术"}, occurrenceDateTime="1951-03-20")
    assert "record-before-birth" in implausible_in(mapped(patient(birthDate="1961-03-20"), done))


@pytest.mark.parametrize("day", ["2025", "2025-01"])
def test_day_that_is_only_a_month_or_a_year_is_said(day: str) -> None:
    found = mapped(observation("o", _CREATININE, day, valueQuantity=quantity(97, "umol/L")))
    assert reasons(found) == {"imprecise-date": ["Observation/o"]}
    assert "Observation/l" in reasons(mapped(lvef("l", day, 60)))["imprecise-date"]


_TAKEN = {"valueQuantity": quantity(97, "umol/L")}


@pytest.mark.parametrize(
    ("other", "day"),
    [
        ({"effectivePeriod": {"start": "2025-01-20"}}, None),
        ({"effectiveTiming": {"event": ["2025-01-20"]}}, None),
        ({"effectiveInstant": "2025-01-20T08:00:00Z"}, None),
        ({"effectivePeriod": {"start": "2024-12-30", "end": "2025-01-20"}}, "2025-01-01"),
        ({"effectiveTiming": {"event": ["2025-01-01"]}}, "2025-01-01"),
        ({"effectiveInstant": "2025-01-01T08:00:00Z"}, "2025-01-01"),
    ],
)
def test_times_of_two_types_that_differ_are_no_day(other: dict[str, Any], day: str | None) -> None:
    found = mapped(observation("o", _CREATININE, "2025-01-01", **_TAKEN, **other))
    assert fact(found, "labs.creatinine.value") == 97
    assert fact(found, "labs.creatinine.date") == day
    assert reasons(found) == ({} if day else {"imprecise-date": ["Observation/o"]})
