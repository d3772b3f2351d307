"""Contradictions of hepatocellular carcinoma: whether there are extrahepatic metastases, and what else says so."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.profile.contradiction import Contradiction
from oncocds.profile.derived.hcc import established_outside_liver, size_contradicts
from oncocds.profile.facts import PatientFacts
from oncocds.text import Text

_OTHER_SIZE = Text(
    "有无肝外转移的记录与转移灶最大径不符；转移灶最大径按未知处理，请核实。",
    "The answer on extrahepatic metastases and the size of the largest contradict each other; "
    "the size is taken as unknown. Please check.",
)
_LESION_ELSEWHERE = Text(
    "记录为无肝外转移，但病灶列表中有肝外病灶；转移灶最大径按未知处理，请核实。",
    "Extrahepatic metastases are denied beside a lesion outside the liver; the size of the largest is taken as "
    "unknown. Please check.",
)


def in_hcc(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield what cannot be right about extrahepatic metastases."""
    present, size = facts.finding("hcc.extrahepatic_mets"), facts.finding("hcc.met_max_cm")
    if size_contradicts(present, size):
        yield Contradiction.of("extrahepatic-metastases-beside-another-size", _OTHER_SIZE, present, size)
    seen = established_outside_liver(facts)
    if present.value is False and seen:
        name = "extrahepatic-metastases-denied-beside-a-lesion"
        yield Contradiction.of(name, _LESION_ELSEWHERE, present, *seen, asks=present.used)
