"""Times compared with many at once are compared as each with each would be."""

from __future__ import annotations

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from oncocds_fhir.elements import Element
from oncocds_fhir.spans import Times, first_around
from oncocds_fhir.times import When, read_when


def when(text: str) -> When:
    found = read_when(Element({"t": text}, ""), "t")
    assert found is not None
    return found


days = st.integers(1, 6).map(lambda day: f"2024-03-{day:02d}")
hours = st.sampled_from(["T00:30:00+14:00", "T12:00:00Z", "T23:30:00-12:00", "T12:00:00"])
texts = st.one_of(days, st.just("2024-03"), st.tuples(days, hours).map("".join))
whens = texts.map(when)


@settings(max_examples=60)
@given(st.lists(whens, max_size=6), whens)
def test_all_before_and_any_after_are_what_each_comparison_says(times: list[When], other: When) -> None:
    assert Times(times).all_before(other) is all(one.before(other) for one in times)
    assert Times(times).any_after(other) is any(other.before(one) for one in times)


@settings(max_examples=100)
@given(st.lists(whens, max_size=5), st.lists(st.tuples(whens, st.none() | whens), max_size=6))
def test_the_first_span_around_a_time_is_the_first_that_holds_it(
    times: list[When], spans: list[tuple[When, When | None]]
) -> None:
    def holds(one: When, start: When, end: When | None) -> bool:
        return not one.before(start) and not (end is not None and end.before(one))

    expected = [next((at for at, span in enumerate(spans) if holds(one, *span)), None) for one in times]
    assert first_around(times, spans) == expected


def test_the_first_and_last_days_of_the_calendar_are_days_like_others() -> None:
    first, last = when("0001-01-01"), when("9999-12-31")
    assert not Times([first]).all_before(first)
    assert first_around([last], [(first, None), (last, last)]) == [0]
    assert datetime.date.min == first.first
