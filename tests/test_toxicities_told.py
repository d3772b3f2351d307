"""Adverse effects are read by no rule: whoever records one is told so, with what was recorded."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds.engine import Engine

ENGINE = Engine.load()


@pytest.mark.parametrize(
    ("recorded", "section", "said"),
    [
        ({"term": "下颌骨坏死", "grade": 2}, "consider", "下颌骨坏死：CTCAE分级 2"),
        ({"term": "QT间期延长", "grade": 3}, "do", "QT间期延长：CTCAE分级 3"),
        ({"term": "osteonecrosis of the jaw"}, "do", "osteonecrosis of the jaw"),
    ],
)
@pytest.mark.parametrize("tumour", ["breast", "nsclc", "hcc", None])
def test_an_adverse_effect_is_told_with_its_grade(
    recorded: dict[str, Any], section: str, said: str, tumour: str | None
) -> None:
    diagnosis = {} if tumour is None else {"diagnosis": {"tumour_type": tumour}}
    answer = ENGINE.evaluate({**diagnosis, "toxicities": [recorded]}, as_of="2026-01-01")
    (line,) = (one for one in answer.briefing if one.kind == "notice" and recorded["term"] in one.line.zh)
    assert line.section == section
    assert said in line.line.zh
    assert recorded["term"] in line.line.en


def test_of_many_adverse_effects_the_line_tells_three_and_the_notice_all() -> None:
    many = [{"id": f"X{number}", "term": f"反应{number}", "grade": 3} for number in range(1, 10)]
    answer = ENGINE.evaluate({"toxicities": many}, as_of="2026-01-01")
    (line,) = (one for one in answer.briefing if one.ref == "severe-toxicity-not-read")
    (notice,) = (one for one in answer.notices if one.id == "severe-toxicity-not-read")
    assert "反应3" in line.line.zh
    assert "反应4" not in line.line.zh
    assert "另6处" in line.line.zh
    assert all(one["term"] in notice.text.zh for one in many)


def test_where_none_is_recorded_nothing_is_said() -> None:
    for patient in ({}, {"toxicities": []}):
        answer = ENGINE.evaluate(patient, as_of="2026-01-01")
        assert not [one for one in answer.notices if "toxicity" in one.id]
