"""What the engine finds contradictory between mapped facts, told with the resources they came from."""

from __future__ import annotations

import datetime

from oncocds.advice.result import Bilingual
from oncocds.profile.contradictions import contradictions
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.policy import Policy
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir.mapping import Mapped


def add_contradictions(mapped: Mapped, policy: Policy, vocabulary: Vocabulary, as_of: datetime.date) -> None:
    """Add what the engine finds contradictory between the facts of a mapped profile, with the resources behind it."""
    facts = PatientFacts(identified(read_profile(mapped.profile, vocabulary)), policy, vocabulary, as_of)
    for found in contradictions(facts):
        resources = [name for fact in found.facts for name in mapped.sources.get(fact, ())]
        text = Bilingual(zh=found.text.zh, en=found.text.en)
        mapped.remarks.implausible_as(found.id, found.severity, text, resources, found.facts)
