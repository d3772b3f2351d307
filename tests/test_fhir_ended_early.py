"""A course of radiotherapy of which fewer sessions were given than were meant is not completed for certain."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import mapped, procedure, reasons


def words(text: str) -> list[str]:
    return re.split("[|\n]", text)


FEWER = words(
    """计划25次，实际10次|计划25次实际完成10次|25次中完成10次|完成10/25次|planned 25 fractions, delivered 10
planned 25 fractions, delivered 10 fractions|10 of 25 fractions|因不良反应仅完成10次|只做了10次|提前结束放疗
计划50Gy/25次，实际20Gy/10次|计划50Gy，实际20Gy|拟行30次，仅照射12次|completed 8/15 fractions
received only 5 fractions|原计划20次，因骨髓抑制完成8次|共25次，已完成15次|应放疗15次，实放10次|计划25f，完成12f
prescribed 30 Gy, received 12 Gy"""
)
ALL = words(
    """计划25次，实际25次|计划25次，完成25次|完成25/25次|50Gy/25次|计划50Gy/25次，完成|完成25次放疗
完成30Gy/10次|10 of 10 fractions|计划10次，完成30Gy/10次|完成 50/25次|计划25次，实际10次，剩余15次于外院完成
单次8Gy，1次|计划30Gy，完成10次|每周5次，完成25次|每日1次，共25次|5次/周，完成25次|2Gy/次，完成25次
200cGy/次，完成25次|25次，每周完成5次"""
)


def course(text: str) -> Any:
    done = {"performedPeriod": {"start": "2024-10-01", "end": "2024-11-01"}}
    return mapped(procedure("r", {"text": "胸椎放疗"}, "completed", note=[{"text": text}], **done))


@pytest.mark.parametrize("text", FEWER)
def test_fewer_sessions_than_were_meant_leave_open_whether_it_was_completed(text: str) -> None:
    found = course(text)
    assert "status" not in found.profile["radiotherapy"][0]
    assert reasons(found)["words-against-done"] == ["Procedure/r"]


@pytest.mark.parametrize("text", ALL)
def test_all_that_were_meant_or_other_numbers_change_nothing(text: str) -> None:
    found = course(text)
    assert found.profile["radiotherapy"][0]["status"] == "completed"
    assert "words-against-done" not in reasons(found)
