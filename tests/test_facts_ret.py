"""Facts of RET: a result is a result, pending is none; what counts as tested; what counts as monthly."""

from __future__ import annotations

import itertools
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
        ({"ngs_done": False, "ngs_includes_ret": True}, None),
        ({"ret_fusion": "not_tested", "ngs_done": False, "ngs_includes_ret": True}, None),
        ({"ret_fusion": "not_tested", "ngs_includes_ret": True}, None),
        ({"ret_fusion": "not_tested", "ngs_done": True}, False),
        ({"ngs_done": True}, None),
        ({"ngs_includes_ret": True}, True),
        ({}, None),
    ],
)
def test_whether_ret_was_tested_for(biomarkers: dict[str, Any], value: bool | None) -> None:
    found = facts_of({"biomarkers": biomarkers}).finding("derived.ret_tested")
    assert found.value is value
    assert bool(found.missing) == (value is None)


def test_tested_is_certain_exactly_when_no_panel_could_change_it() -> None:
    answers, results = (True, False), ("positive", "negative", "pending", "not_tested")
    for fusion, done, includes in itertools.product((None, *results), (None, *answers), (None, *answers)):
        if (fusion, done, includes) == (None, False, True):
            continue  # a contradiction that a result would settle
        given = {"ret_fusion": fusion, "ngs_done": done, "ngs_includes_ret": includes}
        value = facts_of({"biomarkers": given}).finding("derived.ret_tested").value
        # Convention: without a panel RET counts as not tested; a result learnt later is another state of affairs.
        possible = ("not_tested",) if value is False else results
        outcomes = {
            facts_of({"biomarkers": {"ret_fusion": a, "ngs_done": b, "ngs_includes_ret": c}})
            .finding("derived.ret_tested")
            .value
            for a in ([fusion] if fusion else possible)
            for b in ([done] if done is not None else answers)
            for c in ([includes] if includes is not None else answers)
        } - {None}
        assert (outcomes == {value}) if value is not None else len(outcomes) != 1, given


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
