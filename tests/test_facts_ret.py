"""Facts of RET: a result is a result, pending is none; what counts as tested; what counts as monthly."""

from __future__ import annotations

from typing import Any

import pytest

from facts_support import facts_of

FUSION = "biomarkers.ret_fusion"


@pytest.mark.parametrize(
    ("reported", "value", "missing"),
    [
        ("positive", "positive", ()),
        ("negative", "negative", ()),
        ("pending", None, (FUSION,)),
        ("not_tested", None, (FUSION,)),
        (None, None, (FUSION,)),
    ],
)
def test_pending_and_not_tested_are_no_negative_result(
    reported: str | None, value: str | None, missing: tuple[str, ...]
) -> None:
    found = facts_of({"biomarkers": {"ret_fusion": reported}}).finding("derived.ret_fusion")
    assert (found.value, found.missing) == (value, missing)


@pytest.mark.parametrize(
    ("biomarkers", "value"),
    [
        ({"ret_fusion": "positive"}, True),
        ({"ret_fusion": "negative"}, True),
        ({"ret_fusion": "pending"}, True),
        ({"ret_fusion": "positive", "ngs_done": False}, True),
        ({"ret_fusion": "not_tested"}, False),
        ({"ret_fusion": "not_tested", "ngs_done": False}, False),
        ({"ret_fusion": "not_tested", "ngs_done": True, "ngs_includes_ret": False}, False),
        ({"ret_fusion": "not_tested", "ngs_done": True, "ngs_includes_ret": True}, None),
        ({"ngs_done": True, "ngs_includes_ret": True}, True),
        ({"ngs_done": True, "ngs_includes_ret": False}, False),
        ({"ngs_includes_ret": False}, False),
        ({"ngs_done": False}, False),
        ({"ngs_done": False, "ngs_includes_ret": True}, False),
        ({"ngs_done": True}, None),
        ({"ngs_includes_ret": True}, None),
        ({}, None),
    ],
)
def test_whether_ret_was_tested_for(biomarkers: dict[str, Any], value: bool | None) -> None:
    found = facts_of({"biomarkers": biomarkers}).finding("derived.ret_tested")
    assert found.value is value
    assert bool(found.missing) == (value is None)


@pytest.mark.parametrize(
    ("medication", "value"),
    [
        ({"interval_weeks": 2.9}, False),
        ({"interval_weeks": 3}, True),
        ({"interval_weeks": 5}, True),
        ({"interval_weeks": 5.1}, False),
        ({"interval_weeks": 12, "monthly": True}, False),
        ({"monthly": True}, True),
        ({"monthly": False}, False),
        ({}, None),
    ],
)
def test_three_to_five_weeks_are_monthly(medication: dict[str, Any], value: bool | None) -> None:
    facts = facts_of({"medications": [{"id": "m", "drug": "zoledronate", "status": "active", **medication}]})
    (item,) = facts.items("medications") or ()
    assert item.finding("monthly").value is value
