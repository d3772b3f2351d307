"""Texts of a profile are shown as they were written: what would show them otherwise is refused."""

from __future__ import annotations

import pytest

from oncocds.errors import ProfileError
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary


@pytest.mark.parametrize(
    "mark", ["\u202a", "\u202b", "\u202d", "\u202e", "\u202c", "\u2066", "\u2067", "\u2068", "\u2069"]
)
@pytest.mark.parametrize("text", ["{}VI", "I{}V", "IV{}"])
def test_text_that_is_shown_in_another_order_is_refused(text: str, mark: str) -> None:
    """With the mark that turns the order round, stage VI reads as IV."""
    with pytest.raises(ProfileError) as refused:
        read_profile({"diagnosis": {"stage_group": text.format(mark)}}, bundled_vocabulary())
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.reason) == ("/diagnosis/stage_group", "control characters")
    assert mark not in str(refused.value)


@pytest.mark.parametrize("text", ["IV", "Ⅳ期", "IV\u3000期", "IV\u00a0期", "שלב IV", "IV\u200d", "𠮷"])
def test_text_of_any_script_is_taken(text: str) -> None:
    read = read_profile({"diagnosis": {"stage_group": text}}, bundled_vocabulary())
    assert read.diagnosis is not None
    assert read.diagnosis.stage_group == text
