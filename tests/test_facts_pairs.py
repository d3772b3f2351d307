"""Two drugs of a list beside each other: what is left unasked would have told nothing new."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from facts_support import facts_of
from oncocds.profile.derived import bone_agents
from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import either, unknown
from oncocds.profile.lists import resting_on, whole
from oncocds.profile.pairs import InOrder, numbers, telling
from profile_strategies import PROFILES
from proofs_support import KNOWLEDGE

PAIRS = ["derived.bone_agents_together", "derived.bone_agent_listed_twice"]
DRUG = st.one_of(
    st.sampled_from(["zoledronate", "denosumab", "letrozole"]).map(lambda drug: {"drug": drug}),
    st.just({}),
    st.builds(
        lambda name, more: {"drug": "other", "name": name, **more},
        st.sampled_from(["Agent X", "agent x", "Agent Y"]),
        st.sampled_from(
            [
                {},
                {"class": "bone_modifying_agent"},
                {"class": []},
                {"not_class": "bone_modifying_agent"},
                {"has_class": "bone_modifying_agent"},
                {"has_class": "bisphosphonate"},
                {"not_class": "bisphosphonate"},
            ]
        ),
    ),
)
DAYS = st.sampled_from(["2026-01-01", "2026-02-01", "2026-03-01"])
MEDICATION = st.builds(
    lambda drug, rest: {**drug, **rest},
    DRUG,
    st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(["active", "planned", "stopped", "completed"]),
            "start_date": DAYS,
            "stop_date": DAYS,
        },
    ),
)


def every_pair(facts: Facts, name: str, finding: Callable[[Item, Item], Finding], alike: Any) -> Finding:
    """What any_pair means: each two items are asked."""
    found = either(finding(one, two) for one, two in combinations(facts.items(name) or (), 2))
    return resting_on(name, found if found.value is True or whole(facts, name) else unknown(found, name))


def check(profile: dict[str, Any]) -> None:
    for fact in PAIRS:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(bone_agents, "any_pair", every_pair)
            asked_of_all = facts_of(profile).finding(fact)
        assert facts_of(profile).finding(fact) == asked_of_all, (fact, profile)


@settings(max_examples=100)
@given(
    st.lists(MEDICATION, max_size=7),
    st.sampled_from([{}, {"stop_bma": True, "stop_bma_reason": "switch"}, {"stop_bma": True}]),
    st.booleans(),
)
def test_drugs_in_any_constellation(drugs: list[dict[str, Any]], plans: dict[str, Any], opened: bool) -> None:
    named = [{"id": f"m{number}", **drug} for number, drug in enumerate(drugs)]
    profile = {"medications": named, "plans": plans, **({"incomplete": ["medications"]} if opened else {})}
    check(profile)
    facts = facts_of(profile)
    twice = facts.finding("derived.bone_agent_listed_twice").value is True
    assert bool(bone_agents.Agents(facts, facts.items("medications") or ()).listed_again()) is twice, (
        "who stands twice is told where, and only where, one does"
    )


@settings(max_examples=15)
@given(PROFILES)
def test_any_profile_the_contract_allows(profile: dict[str, Any]) -> None:
    check(profile)


def test_every_known_patient() -> None:
    for patient in {
        **{f"scenario {number}": case["patient"] for number, case in enumerate(SCENARIOS)},
        **{
            f"{rule.id} {number}": dict(one.given)
            for rule in KNOWLEDGE.rules.values()
            for number, one in enumerate(rule.examples)
        },
    }.values():
        check(patient)


@given(
    st.lists(st.one_of(st.none(), st.sampled_from("abcde")), max_size=8), st.one_of(st.none(), st.sampled_from("abcde"))
)
def test_items_by_a_value_that_has_an_order(values: list[str | None], limit: str | None) -> None:
    ordered = InOrder(values)
    known = [(number, value) for number, value in enumerate(values) if value is not None and limit is not None]
    assert list(numbers(ordered.until(limit))) == [number for number, value in known if value <= str(limit)]
    assert list(numbers(ordered.since(limit))) == [number for number, value in known if value >= str(limit)]


def test_of_each_kind_an_item_is_asked_first_and_told_first() -> None:
    everyone = (1 << 5) - 1
    assert list(telling(5, lambda _: [everyone])) == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4)]
    assert list(telling(5, lambda _: [])) == []
