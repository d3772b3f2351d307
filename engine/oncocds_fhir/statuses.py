"""How certain a diagnosis is, and whether it goes on, by its statuses: FHIR's codes, else what people wrote there.

Hospitals fill ``verificationStatus`` and ``clinicalStatus`` with words or codes of their own (``疑似``, ``已排除``,
``已治愈``). What is not understood there is no certainty: something was said, and it may have been a doubt.
"""

from __future__ import annotations

import re

from oncocds.vocabulary.meanings import fold
from oncocds_fhir.elements import NO_CONCEPT, Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.phrases import phrases

OPEN = ("unconfirmed", "provisional", "differential")
"""Verification statuses of what is suspected and not confirmed."""
PAST = ("inactive", "remission", "resolved")
"""Clinical statuses of what is over, or was when the record was made."""
UNCLEAR = "unclear"
"""A status that is given and not understood."""
_VERIFICATIONS = (*OPEN, "confirmed", "refuted", "entered-in-error")
_CLINICAL = (*PAST, "active", "recurrence", "relapse")
_SYSTEM = re.compile(r"/condition-(?:clinical|ver-status)$")


def stated_verification(condition: Element, gathering: Gathering) -> str | None:
    """Return how certain a Condition is, in FHIR's words; None where it does not say. Raises ``InputError``.

    Words that doubt or deny outweigh a code that is certain; what is not understood is ``unconfirmed``.
    """
    concept = condition.concept("verificationStatus")
    if concept is NO_CONCEPT:
        return None
    return gathering.memory.once("verification", concept, lambda: _verification(concept, gathering))


def _verification(concept: Concept, gathering: Gathering) -> str | None:
    coded, said = _code_of(concept, _VERIFICATIONS), _said(concept, _VERIFICATIONS, gathering)
    if coded == "confirmed":
        return OPEN[0] if said - {coded, UNCLEAR} else coded
    if coded is not None or not said:
        return coded
    only = said.pop() if len(said) == 1 else UNCLEAR
    return OPEN[0] if only == UNCLEAR else only


def clinical_of(condition: Element, gathering: Gathering) -> str | None:
    """Return whether a Condition goes on, in FHIR's words; ``unclear`` where that is not understood.

    Or where words say otherwise than the code; None where it does not say. Raises ``InputError``.
    """
    concept = condition.concept("clinicalStatus")
    if concept is NO_CONCEPT:
        return None
    return gathering.memory.once("clinical", concept, lambda: _clinical(concept, gathering))


def _clinical(concept: Concept, gathering: Gathering) -> str | None:
    coded, said = _code_of(concept, _CLINICAL), _said(concept, _CLINICAL, gathering)
    if coded is not None:
        return UNCLEAR if any((one in PAST) != (coded in PAST) for one in said - {UNCLEAR}) else coded
    if not said:
        return None
    return said.pop() if len(said) == 1 else UNCLEAR


def _code_of(concept: Concept, known: tuple[str, ...]) -> str | None:
    """Return FHIR's own code, wherever it stands among the codings; else the first code, if it is one of FHIR's."""
    codes = [coding for coding in concept.codings if coding.code is not None]
    own = [coding for coding in codes if _SYSTEM.search(coding.system or "")]
    code = next((coding.code for coding in (*own, *codes)), None)
    return code if code in known else next((one.code for one in codes if not own and one.code in known), None)


def _said(concept: Concept, known: tuple[str, ...], gathering: Gathering) -> set[str]:
    """Return what words, and codes that are none of FHIR's, say."""
    words = [*concept.words()]
    words += [coding.code for coding in concept.codings if coding.code is not None and coding.display is None]
    read = phrases(gathering.codes)
    found = set[str]()
    for word in words:
        plain = fold(word)
        status = plain if plain in known else read.status(plain)
        found.add(status if status in known else UNCLEAR)
    return found
