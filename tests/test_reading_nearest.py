"""What somebody probably meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds.reading.nearest import nearest, suggestion

WORDS = ("status", "site", "diagnosis.tumour_type", "zoledronate", "骨转移", "脑转移", "心功能")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("statsu", "status"),
        ("STATUS", "status"),
        ("ｓｔａｔｕｓ", "status"),
        ("diagnosis.tumor_type", "diagnosis.tumour_type"),
        ("zoledronic", "zoledronate"),
        ("骨轉移", "骨转移"),
        ("心脏功能", "心功能"),
    ],
)
def test_finds_the_nearest(word: str, expected: str) -> None:
    assert nearest(word, WORDS) == (expected,)
    assert suggestion(word, WORDS) == f"; did you mean '{expected}'?"


def test_says_nothing_where_nothing_is_near() -> None:
    assert nearest("qqqq", WORDS) == ()
    assert suggestion("qqqq", WORDS) == ""
    assert suggestion("x", ()) == ""


def test_several_nearest_come_in_order() -> None:
    assert nearest("骨转移", WORDS, n=2) == ("骨转移", "脑转移")


def test_words_that_differ_in_case_only_are_both_known() -> None:
    assert nearest("her2", ("HER2", "Her2", "ret"), n=3) == ("HER2", "Her2")


@given(st.text(), st.lists(st.text(min_size=1, max_size=12), max_size=8))
def test_the_order_of_the_known_words_does_not_matter(word: str, known: list[str]) -> None:
    assert nearest(word, known, n=3) == nearest(word, known[::-1], n=3)
    assert set(nearest(word, known, n=3)) <= set(known)
