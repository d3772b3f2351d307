"""Each thing that durable-rules must never be given is found before it gets it."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds.errors import AgendaFault
from oncocds.inference import lowering
from oncocds.inference.agenda import Agenda
from oncocds.inference.atoms import Atoms
from oncocds.inference.lowering import lower
from oncocds.inference.ruleset_lint import fnv_hash, lint
from oncocds.language.tree import All, Compare, Not
from oncocds.language.tree import Any as Either

Part = dict[str, Any]


def ruleset(*parts: Part) -> dict[str, Any]:
    return {"rule": {"all": [{"m": {"$and": [{"_bucket0": 1}, *parts]}}], "pri": 1}}


def test_a_ruleset_within_the_subset_passes() -> None:
    assert lint(ruleset({"a1": True}, {"$lt": {"a2": 60.5}}, {"a3": "breast"}, {"a4": False})) == []
    assert lint({"end": {"all": [{"m": {"_bucket0": 1}}], "pri": 2, "run": print}}) == []


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        ({"none": [{"a1": True}]}, "none()"),
        ({"m$not": {"a1": True}}, "none()"),
        ({"$or": [{"a1": True}, {"a2": True}]}, "$or"),
        ({"$gt": {"a1": {"$div": {"$l": "a2", "$r": 2}}}}, "division by zero"),
        ({"$gt": {"a1": {"$m": "a2"}}}, "comparison of fields"),
        ({"$nex": {"a1": 1}}, "loops for ever"),
        ({"$ex": {"sid": 1}}, "loops for ever"),
        ({"a1": True, "a2": True}, "exactly one key"),
        ({}, "exactly one key"),
        ({"$lt": {"a1": 1, "a2": 2}}, "exactly one property"),
        ({"$iany": {"a1": {"$or": [{"x": 1}, {"x": 2}]}}}, "arrays miss matches"),
        ({"$iall": {"a1": {"$or": [{"x": 1}, {"x": 2}]}}}, "arrays miss matches"),
        ({"$and": [{"a1": True}]}, "not the name of a property"),
        ({"sid": "p"}, "not the name of a property"),
        ({"id": "f"}, "not the name of a property"),
        ({"$s": 1}, "not the name of a property"),
        ({"diagnosis.extent": "a"}, "not the name of a property"),
        ({"a1": None}, "a constant is expected"),
        ({"a1": ["x"]}, "a constant is expected"),
        ({"a1": 2**53 + 1}, "beyond 2^53"),
        ({"a1": float("nan")}, "finite"),
        ({"a1": float("inf")}, "finite"),
        ({"a1": 1e-05}, "exponent"),
        ({"a1": 1e16}, "exponent"),
        ({"a1": "x" * 65}, "short code"),
        ({"a1": "x\x00"}, "short code"),
    ],
)
def test_a_dangerous_condition_is_refused(part: Part, complaint: str) -> None:
    assert any(complaint in found for found in lint(ruleset(part)))


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"all": [{"m": {"a1": True}}]}, "a bucket"),
        ({"all": [{"m": {"$and": [{"a1": True}, {"_bucket0": 1}]}}]}, "a bucket"),
        ({"all": [{"m": {"$and": []}}]}, "empty $and"),
        ({"all": [{"m": {"$nex": {"a1": 1}}}]}, "loops for ever"),
        ({"all": [{"m": {"$and": [{"_bucket0": True}]}}]}, "expected to be 1"),
        ({"all": [{"m": {"_bucket0": 1}}, {"n": {"_bucket0": 1}}]}, "joins of facts"),
        ({"all": []}, "exactly one pattern"),
        ({"all": [{"m$not": {"_bucket0": 1}}]}, "none()"),
        ({"all": [{"m": "a1"}]}, "to be a mapping"),
        ({"any": [{"m": {"_bucket0": 1}}]}, "any is outside the subset"),
        ({"all": [{"m": {"_bucket0": 1}}], "count": 2}, "count is outside the subset"),
        ({"all": [{"m": {"_bucket0": 1}}], "salience": 2}, "salience is not a key"),
    ],
)
def test_a_dangerous_rule_is_refused(rule: dict[str, Any], complaint: str) -> None:
    assert any(complaint in found for found in lint({"rule": rule}))


def bucketed(buckets: int, size: int) -> dict[str, Any]:
    return {
        f"r{bucket}_{number}": {"all": [{"m": {"$and": [{f"_bucket{bucket}": 1}, {"a1": True}]}}]}
        for bucket in range(buckets)
        for number in range(size)
    }


def test_buckets_and_what_can_be_pending_are_bounded() -> None:
    assert lint(bucketed(25, 40)) == []
    assert any("41 rules in one bucket" in found for found in lint(bucketed(1, 41)))
    assert any("65 matches pending" in found for found in lint(bucketed(26, 40)))


def test_a_fact_has_at_most_250_properties() -> None:
    several = [{f"a{number}": True} for number in range(247)]
    assert lint(ruleset(*several)) == []
    assert any("251 properties" in found for found in lint(ruleset(*several, {"b": True})))


def test_two_properties_of_one_hash_are_refused() -> None:
    assert fnv_hash("lab_755") == fnv_hash("lab_1676959")
    assert any("the same hash" in found for found in lint(ruleset({"lab_755": True}, {"lab_1676959": True})))


def flag(number: int) -> Compare:
    return Compare(f"flag{number}", "is", True)


def test_every_lowered_ruleset_passes_however_many_rules_and_fields() -> None:
    rules = {
        f"R{number}": All((flag(number), Either((flag(number + 1), Not(flag(number + 2)))))) for number in range(1500)
    }
    program = lower(rules, {}, Atoms())
    assert len(program.strata) > 1
    assert [complaint for stratum in program.strata for complaint in lint(stratum.ruleset)] == []
    assert {conclusion.symbol for stratum in program.strata for conclusion in stratum.concludes.values()} == set(
        program.rules.values()
    )


def test_an_unsafe_ruleset_never_reaches_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lowering, "RULES_PER_BUCKET", 60)
    program = lower({f"R{number}": All((flag(0), flag(number))) for number in range(1, 59)}, {}, Atoms())
    with pytest.raises(AgendaFault, match="not safe for durable-rules: s0: _bucket0: 59 rules in one bucket"):
        Agenda(program)


def test_a_rule_becomes_few_durable_rules() -> None:
    pairs = tuple(Either((flag(number), flag(number + 1))) for number in range(0, 24, 2))
    program = lower({"WIDE": All(pairs), "SAME": All((*pairs, flag(30)))}, {}, Atoms())
    sizes: dict[str, int] = {}
    for stratum in program.strata:
        for conclusion in stratum.concludes.values():
            sizes[conclusion.symbol] = sizes.get(conclusion.symbol, 0) + 1
    assert max(sizes.values()) <= 24
    assert len(program.auxiliary) <= 12, "the two rules share their parts"
