"""Why a drug stands as its status says: an end, an adverse event, or what does not speak against its use (续方)."""

from __future__ import annotations

import re

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Concept
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.phrases import any_of

_NO_WORDS = re.compile(r"[\W\d_年月日个周天次]*")


def stop_reason(resource: Resource, gathering: Gathering) -> str | None:
    """Return which reason of an end the reasons of a record's status are, None where they are none or several."""
    try:
        found = {gathering.memory.answer(concept, "stop_reason") for concept in _reasons(resource)} - {None}
    except Disagreement:
        return None
    return next(iter(found)) if len(found) == 1 else None


def reason_against(resource: Resource, gathering: Gathering) -> str | None:
    """Return the first reason of an active status that may speak against the use of its drug, None where none does.

    What is not understood may: 颌骨坏死 is why a drug was stopped, whatever its status says. An order that goes on,
    what a drug is given for, or that there is no reason speak against nothing.
    """
    return next((_shown(one) for one in _reasons(resource) if not _goes_on(one, gathering)), None)


def _reasons(resource: Resource) -> list[Concept]:
    raw = resource.element.raw().get("statusReason")
    if isinstance(raw, list):
        return list(resource.element.concepts("statusReason"))
    return [resource.element.concept("statusReason")]


def _goes_on(reason: Concept, gathering: Gathering) -> bool:
    words = [*map(fold, reason.words())]
    if not words:
        return not reason.codings or _is_indication(reason, gathering)
    known = gathering.codes.in_words["no_reason"]
    for word in words:
        rest = _part_of_going_on(gathering.codes).sub("", word).strip()
        if not (word in known or _NO_WORDS.fullmatch(rest) or _is_indication(Concept((), rest), gathering)):
            return False
    return True


def _is_indication(reason: Concept, gathering: Gathering) -> bool:
    """Tell whether a reason names what a drug may be given for: a cancer, metastases, bone loss."""
    try:
        told = gathering.memory.diagnosis(reason)
    except Disagreement:
        return False
    given_for = (*told.tumours, *told.metastases, *((one, _) for one, _ in told.findings if one.one("indication")))
    return bool(given_for) and not any(doubted for _, doubted in given_for) and not told.denied


def _shown(reason: Concept) -> str:
    return next(iter(reason.words()), None) or next(coding.code or "" for coding in reason.codings)


@once
def _part_of_going_on(codes: CodeTables) -> re.Pattern[str]:
    return any_of(codes.in_words["goes_on"])
