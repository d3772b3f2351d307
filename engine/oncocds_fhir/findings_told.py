"""Findings in the words of diagnoses that are not understood as a whole: 病理性骨折 beside words that nobody reads.

They are no findings, and yet no certain no.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from oncocds.profile.made import models_of
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.elements import Concept
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.phrases import any_of, phrases

_PARTS = re.compile(r"[,;。()\[\]\n\r]|\.(?=\s|$)")


def findings_told(code: Concept, gathering: Gathering) -> frozenset[str]:
    """Return the facts, of those that count as no unless recorded, that words name which are not understood."""
    read, (named, denial) = phrases(gathering.codes), _words(gathering.codes)
    closed, found = models_of(gathering.vocabulary).closed, set[str]()
    for word in (word for word in code.words() if read.diagnosis(word) is None):
        for part in _PARTS.split(fold(word)):
            found.update(
                fact
                for fact, names in named.items()
                if fact in closed and (name := names.search(part)) and not denial.search(part, 0, name.start())
            )
    return frozenset(found)


def note_findings_beside(conditions: Iterable[Resource], gathering: Gathering) -> None:
    """Note findings in the words of diagnoses of which only the code was used, where nothing else tells them."""
    for condition in conditions:
        if facts := sorted(alike(_told, condition, gathering) - gathering.facts.keys()):
            gathering.remarks.unmapped("finding-in-words", condition.label, facts=facts, opens=tuple(facts))


def _told(condition: Resource, gathering: Gathering) -> frozenset[str]:
    return findings_told(condition.element.concept("code"), gathering)


@once
def _words(codes: CodeTables) -> tuple[Mapping[str, re.Pattern[str]], re.Pattern[str]]:
    """Return what finds the names of each fact, and what finds a denial."""
    names: dict[str, list[str]] = {}
    for name, entry in codes.findings.names.items():
        if (fact := entry.one("fact")) is not None:
            names.setdefault(fact, []).append(name)
    denial = any_of((*codes.phrases["denial"]["certain"], *codes.phrases["against"]["raises_none"]))
    return {fact: any_of(of) for fact, of in names.items()}, denial
