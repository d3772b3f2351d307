"""What derivations declare to read is what they are seen to read: over all examples, and on any profile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from corpus import SCENARIOS
from facts_support import facts_of
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.reads import facts_read
from profile_strategies import PROFILES as ANY_PROFILES
from test_facts_laws import POLICIES, PROFILES, Plain
from watched_facts import Seen, watch

FIELDS = bundled_vocabulary().fields
FACTS = [*DERIVED, *(f"{name}.{field}" for name, fields in EFFECTIVE.items() for field in fields)]


@pytest.fixture(scope="module")
def seen(knowledge: Knowledge) -> Seen:
    """What every derivation asked for in the examples of the knowledge and in the catalogue's patients."""
    found = Seen()
    given_: list[tuple[Plain, Plain]] = [(case["patient"], case["policy"]) for case in SCENARIOS]
    of_rules = [example for rule in knowledge.rules.values() for example in rule.examples]
    of_facts = [one for examples in knowledge.vocabulary.derived_examples.values() for one in examples]
    given_ += [(dict(one.given), dict(one.policy)) for one in (*of_rules, *of_facts)]
    for profile, policy in given_:
        watch(facts_of(profile, **policy), found)
    return found


@pytest.mark.parametrize("fact", FACTS)
def test_a_derivation_reads_in_the_examples_what_it_declares(seen: Seen, fact: str) -> None:
    field = FIELDS[fact]
    assert set(field.reads) == seen.facts[fact]
    assert set(field.recorded) == seen.recorded[fact] - seen.facts[fact]
    assert set(field.tables) == seen.tables[fact]
    assert set(field.numbers) >= seen.numbers[fact]


def _declared(found: Seen) -> None:
    for fact in FACTS:
        field = FIELDS[fact]
        assert found.facts[fact] <= set(field.reads), fact
        assert found.recorded[fact] <= {*field.reads, *field.recorded}, fact
        assert found.tables[fact] <= set(field.tables), fact
        assert found.numbers[fact] <= set(field.numbers), fact


@given(PROFILES, POLICIES)
@settings(max_examples=150)
def test_a_derivation_reads_nothing_that_it_does_not_declare(profile: Plain, policy: Plain) -> None:
    found = Seen()
    watch(facts_of(profile, **policy), found)
    _declared(found)


@given(ANY_PROFILES)
@settings(max_examples=40)
def test_a_derivation_reads_nothing_undeclared_of_any_profile(profile: Plain) -> None:
    found = Seen()
    watch(facts_of(profile), found)
    _declared(found)


def test_what_is_read_is_followed_to_what_is_recorded() -> None:
    read = facts_read(bundled_vocabulary())
    assert set(read) == set(FACTS)
    assert {"labs.creatinine.value", "policy.crcl_low", "derived.severe_renal_impairment"} <= read[
        "derived.renal_concern"
    ]
    assert {"medications.has_class", "medications.drug"} <= read["derived.bone_agents_together"]


def test_what_is_read_as_recorded_is_not_followed_through_its_own_derivation() -> None:
    """Whether a lesion hurts rests on recorded significant pain, and not on the setting that concludes such pain."""
    read = facts_read(bundled_vocabulary())
    assert read["lesions.painful"] == {"lesions.pain_significant"}
    assert "policy.pain_nrs" in read["lesions.impending_fracture"]
