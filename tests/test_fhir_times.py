"""What lies in the future: instants against the instant of the evaluation, days against the day it is somewhere."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given as given_that
from hypothesis import strategies as st

from fhir_support import bundle, fact, given, lvef, open_lists, request
from oncocds.errors import InputError
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.requests import clock
from oncocds_fhir.bundle import collect
from oncocds_fhir.elements import Element
from oncocds_fhir.mapping import Mapped, map_bundle
from oncocds_fhir.times import Moment, read_when

NIGHT = datetime.datetime(2025, 1, 31, 17, 30, tzinfo=datetime.UTC)  # half past one of 1 February in China
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
INSTANTS = st.integers(946_800_000, 4_102_444_800).map(lambda s: datetime.datetime.fromtimestamp(s, datetime.UTC))


def at_night(*records: dict[str, Any]) -> Mapped:
    """Map records on a machine in UTC, while it is night there and morning in China."""
    moment = Moment(NIGHT.date(), NIGHT)
    return map_bundle(collect(bundle(*records)), bundled_vocabulary(), bundled_codes(), moment)


def written(text: str) -> Any:
    return read_when(Element({"when": text}, ""), "when")


@pytest.mark.parametrize("when", ["2025-02-01T01:00:00+08:00", "2025-02-01", "2025-02-01T01:00:00"])
def test_a_record_of_the_local_morning_is_not_in_the_future(when: str) -> None:
    found = at_night(request("r", "denosumab", authoredOn=when), lvef("l", when, 60))
    assert fact(found, "medications[denosumab].status") == "active"
    assert fact(found, "cardiac.lvef_latest") == 60
    assert fact(at_night(given("g", "denosumab", when)), "medications[denosumab]") is not None


@pytest.mark.parametrize("when", ["2025-02-01T02:00:00+08:00", "2025-01-31T18:00:00Z", "2025-02-02", "2026"])
def test_what_is_later_than_now_is(when: str) -> None:
    found = at_night(request("r", "denosumab", authoredOn=when), request("z", "zoledronate"), lvef("l", when, 60))
    assert open_lists(found)["medications"] == {"in-the-future": ["MedicationRequest/r"]}
    assert fact(found, "medications[denosumab]") is None
    assert fact(found, "cardiac.lvef_latest") is None


@given_that(INSTANTS, st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=3)), ZONES)
def test_what_has_happened_is_never_in_the_future_wherever_it_was_written(
    now: datetime.datetime, ago: datetime.timedelta, zone: datetime.timezone
) -> None:
    then = (now - ago).astimezone(zone).replace(microsecond=0)
    if then <= now:
        moment = Moment(now.date(), now)
        assert not moment.is_before(written(then.isoformat()))
        assert not moment.is_before(written(then.date().isoformat()))
        for day in (now.astimezone(zone).date(), now.date()):
            assert not Moment(day).is_before(written(day.isoformat()))


@given_that(INSTANTS, st.timedeltas(datetime.timedelta(hours=27), datetime.timedelta(days=90)), ZONES)
def test_what_is_more_than_a_day_ahead_always_is(
    now: datetime.datetime, ahead: datetime.timedelta, zone: datetime.timezone
) -> None:
    then = (now + ahead).astimezone(zone).replace(microsecond=0)
    assert Moment(now.date(), now).is_before(written(then.isoformat()))
    assert Moment(now.date(), now).is_before(written((then + datetime.timedelta(days=1)).date().isoformat()))


def test_the_day_that_is_named_ends_when_it_ends_everywhere() -> None:
    moment = Moment(datetime.date(2025, 1, 31))
    assert not moment.is_before(written("2025-01-31T23:59:00-12:00"))
    assert moment.is_before(written("2025-02-01T00:00:00-12:00"))
    assert moment.is_before(written("2025-02-01"))


def test_today_is_the_day_in_the_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Night(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return NIGHT.astimezone(tz)

    monkeypatch.setattr(clock.datetime, "datetime", Night)
    try:
        for zone, day in (("Asia/Shanghai", "2025-02-01"), ("UTC", "2025-01-31"), ("America/Lima", "2025-01-31")):
            clock.keep_time_of(zone)
            assert str(clock.day_of(None)) == day
            assert clock.day_of("2024-05-05") == "2024-05-05"
    finally:
        clock.keep_time_of(None)


def test_a_time_read_again_is_the_same_and_what_is_none_stays_none() -> None:
    element = Element({"start": "2024-06-01T08:00:00+05:30", "end": "2024-06-31"}, "/entry/1")
    first = read_when(element, "start")
    assert first is not None
    assert first.instant == datetime.datetime(2024, 6, 1, 2, 30, tzinfo=datetime.UTC)
    assert read_when(element, "start") == first
    for _ in range(2):
        with pytest.raises(InputError) as refused:
            read_when(element, "end")
        assert [problem.pointer for problem in refused.value.problems] == ["/entry/1/end"]


@given_that(INSTANTS, ZONES)
def test_an_instant_is_what_its_text_says(when: datetime.datetime, zone: datetime.timezone) -> None:
    told = when.astimezone(zone)
    read = written(told.isoformat())
    assert (read.instant, read.first, read.last) == (told, told.date(), told.date())


@given_that(
    st.lists(st.integers(0, 99), min_size=5, max_size=5),
    st.sampled_from(["Z", "+08:00", "-00:00", "+05:30", "-12:45", "+14:59", "+23:59", "+24:00", "+08:60", "-99:00"]),
    st.sampled_from(["0001", "1999", "2024", "9999"]),
)
@example([1, 1, 24, 0, 0], "Z", "2024")
@example([1, 1, 0, 0, 0], "+08:00", "0001")
@example([12, 31, 23, 59, 59], "-12:45", "9999")
@example([2, 29, 8, 30, 60], "Z", "2024")
def test_fractions_of_a_second_tell_no_instant_from_another(parts: list[int], zone: str, year: str) -> None:
    month, day, hour, minute, second = (f"{part:02}" for part in parts)
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second}"

    def read(told: str) -> Any:
        try:
            return written(told)
        except InputError as error:
            return [(problem.pointer, problem.reason) for problem in error.problems]

    assert read(f"{text}{zone}") == read(f"{text}.000{zone}")
