"""Lines about many lesions: the first three and how many more; the notice itself tells of all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncocds.advice.result import Evaluation
from oncocds.engine import Engine

ENGINE = Engine.load()
MASS = {"organ": "soft_tissue", "status": "imaging_positive", "cord_threat": True}
BREAKING = {"organ": "bone", "site": "femur", "status": "suspected", "impending_fracture": True}


def answered(lesion: dict[str, Any], count: int) -> Evaluation:
    lesions = [{"id": f"L{number:02}", **lesion} for number in range(1, count + 1)]
    return ENGINE.evaluate({"diagnosis": {"tumour_type": "nsclc"}, "lesions": lesions}, as_of="2026-01-01")


@pytest.mark.parametrize("lesion", [MASS, BREAKING])
@settings(max_examples=12, deadline=None)
@given(count=st.integers(1, 30))
def test_a_notice_on_many_lesions_is_one_short_line_and_tells_of_all_in_its_text(
    lesion: dict[str, Any], count: int
) -> None:
    answer = answered(lesion, count)
    urgent = [one for one in answer.notices if one.urgency == "critical"]
    assert urgent
    for notice in urgent:
        line = next(one.line for one in answer.briefing if one.kind == "notice" and one.ref == notice.id)
        names = [f"L{number:02}" for number in range(1, count + 1)]
        assert all(name in text for name in names for text in (notice.text.zh, notice.text.en))
        told = names if count < 5 else names[:3]
        for text, more in ((line.zh, f"另{count - 3}处"), (line.en, f"{count - 3} more")):
            assert [name for name in names if name in text] == told
            assert (more in text) is (count >= 5)
