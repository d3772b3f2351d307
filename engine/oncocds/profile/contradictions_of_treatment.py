"""Contradictions about systemic therapy and how the disease behaves under it."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.profile.contradiction import Contradiction
from oncocds.profile.derived.limited_disease import on_systemic_therapy
from oncocds.profile.derived.medications import of_class
from oncocds.profile.facts import PatientFacts
from oncocds.text import Text

_DENIED = Text(
    "记录为未接受全身治疗，但列有使用中的全身抗肿瘤药物；暂以记录的判断为准，请核实。",
    "Systemic therapy is denied beside an active systemic drug; the assertion stands meanwhile. Please check.",
)
_PLATEAU = Text(
    "时间点为初诊，却记录了药物治疗平台期；寡残留暂不下结论，请核实。",
    "A response plateau is recorded at initial diagnosis; oligoresidual disease stays open. Please check.",
)
_UNTREATED = Text(
    "医师判断为寡进展，但未在接受全身治疗；来源所说的寡进展发生在系统治疗期间，按不成立处理，请核实。",
    "Oligoprogression is asserted, but no systemic therapy is running; the source means progression during it, so "
    "it is taken as not given. Please check.",
)


def in_treatment(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield what cannot be right, or looks odd, about systemic therapy and the course of the disease."""
    yield from _denied(facts)
    plateau, time = facts.finding("treatment.response_plateau"), facts.finding("treatment.timepoint")
    if plateau.value is True and time.value == "initial_diagnosis":
        yield Contradiction.of("plateau-at-initial-diagnosis", _PLATEAU, plateau, time)
    asserted, running = facts.finding("diagnosis.oligoprogression"), on_systemic_therapy(facts)
    if asserted.value is True and running.value is False:
        yield Contradiction.hint("oligoprogression-without-systemic-therapy", _UNTREATED, asserted, running)


def _denied(facts: PatientFacts) -> Iterator[Contradiction]:
    denied = facts.finding("treatment.on_systemic")
    for item in facts.items("medications") or () if denied.value is False else ():
        drug, status = item.finding("drug"), item.finding("status")
        if status.value == "active" and of_class(item, "systemic").value is True:
            name = "systemic-therapy-denied-beside-a-drug"
            yield Contradiction.of(name, _DENIED, denied, drug, status, asks=denied.used)
            return
