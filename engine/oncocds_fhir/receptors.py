"""Oestrogen and progesterone receptors: what a result of one tells, and what both tell together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Candidate, Gathering
from oncocds_fhir.measures import below_one, known_unit, range_of, written
from oncocds_fhir.observed import value_words
from oncocds_fhir.results import interpreted, value_of
from oncocds_fhir.stains import Stain, stain
from oncocds_fhir.times import When, newest
from oncocds_fhir.unread import RECEPTORS

_RECEPTOR_STATUS = "biomarkers.hr_status"


def offer_receptor(kind: str, observation: Resource, part: Element, when: When | None, gathering: Gathering) -> None:
    """Offer a receptor's percentage, else whether it is there. Raises ``Unusable`` or ``Disagreement``."""
    percent = RECEPTORS[kind]
    if part.has("valueQuantity") or part.has("valueRange") or (_is_text(part) and _is_percentage(part, gathering)):
        value = value_of(percent, part, gathering)
        must_agree(sign_of(value, gathering), part, gathering)
        gathering.offer(percent, value, when, observation.label)
        return
    whole = part is observation.element
    read = alike(_stains, observation, gathering, percent) if whole else _stains_in(part, percent, gathering)
    if len(set(read)) > 1:
        raise Disagreement
    if read and read[0].percent is not None:
        must_agree(sign_of(read[0].percent, gathering), part, gathering)
        if read[0].is_lower_end:
            gathering.remarks.assumed("range-lower-end", percent)
        gathering.offer(percent, read[0].percent, when, observation.label)
    elif read:
        sign = "positive" if read[0].positive else "negative"
        must_agree(sign, part, gathering)
        gathering.offer(f"({kind})", sign, when, observation.label)
    else:
        gathering.offer(f"({kind})", value_of(_RECEPTOR_STATUS, part, gathering), when, observation.label)


def _stains(observation: Resource, gathering: Gathering, percent: str) -> list[Stain]:
    return _stains_in(observation.element, percent, gathering)


def _stains_in(part: Element, percent: str, gathering: Gathering) -> list[Stain]:
    return [found for word in value_words(part) if (found := stain(percent, word, gathering.codes)) is not None]


def sign_of(percent: float, gathering: Gathering) -> str:
    """Return whether a percentage of stained cells is positive or negative, by the vocabulary's limit."""
    return "positive" if percent >= gathering.vocabulary.numbers["receptor_positive_from"].value else "negative"


def must_agree(sign: str, part: Element, gathering: Gathering) -> None:
    """Raise ``Disagreement`` where the interpretation of a receptor is the opposite of its value."""
    if interpreted(_RECEPTOR_STATUS, part, gathering) - {sign}:
        raise Disagreement


def _is_percentage(part: Element, gathering: Gathering) -> bool:
    text = part.text("valueString") or ""
    number = written(text)
    plain = number is not None and (number[1] is None or known_unit(number[1], ("%",), gathering.codes) is not None)
    return plain or range_of(text) is not None or below_one(text)


def _is_text(part: Element) -> bool:
    return isinstance(part.raw().get("valueString"), str)


def conclude_receptors(gathering: Gathering) -> None:
    """Conclude hormone receptor status from the presence of ER and PR: either positive, or both negative."""
    found = {name: gathering.settle(f"({name})") for name in RECEPTORS}
    positive = [one for one in found.values() if one is not None and one.value == "positive"]
    negative = [one for one in found.values() if one is not None and one.value == "negative"]
    told = [*positive, *negative]
    resources = [name for one in told for name in one.resources]
    _receptors_since(found, gathering)
    if positive:
        gathering.offer(_RECEPTOR_STATUS, "positive", positive[0].when, *(n for o in positive for n in o.resources))
    elif len(negative) == len(RECEPTORS):
        gathering.offer(_RECEPTOR_STATUS, "negative", negative[0].when, *resources)
    elif told:
        gathering.remarks.unmapped("receptor-alone", *resources, facts=[_RECEPTOR_STATUS])


def _receptors_since(signs: Mapping[str, Candidate | None], gathering: Gathering) -> None:
    """Leave open what an older result says of the receptors where a newer one of a single receptor says otherwise.

    ``ER 90%`` before ``ER negative``; a status of both before one receptor that is negative, or that cannot be read.
    """
    status = gathering.offered(_RECEPTOR_STATUS)
    for name, percent in RECEPTORS.items():
        if status:
            gathering.pass_on(f"({name})", _RECEPTOR_STATUS)
        sign, percentages = signs[name], gathering.offered(percent)
        negative = [one for one in percentages if sign_of(one.value, gathering) == "negative"]
        if sign is not None:
            _compare(percent, sign, percentages, gathering)
        for one in [*negative, *([sign] if sign is not None and sign.value == "negative" else [])]:
            if any(other.value == "positive" for other in status):
                _leave_open_since(_RECEPTOR_STATUS, one, status, gathering)


def _compare(percent: str, sign: Candidate, percentages: Sequence[Candidate], gathering: Gathering) -> None:
    """Leave open a percentage that the newest sign of the receptor contradicts, and both where neither is the newer."""
    latest = newest([(one.when, one) for one in percentages])
    against = [one for one in latest if sign_of(one.value, gathering) != sign.value]
    if not against or any(_certainly_before(sign, one) for one in latest):
        return
    if all(_certainly_before(one, sign) for one in latest):
        gathering.offer_unsettled(percent, "newer-unread", sign.when, sign.resources[0])
        return
    gathering.offer_unsettled(percent, "conflicting-results", sign.when, sign.resources[0])
    for one in against:
        gathering.offer_unsettled(_RECEPTOR_STATUS, "conflicting-results", one.when, one.resources[0])


def _certainly_before(one: Candidate, other: Candidate) -> bool:
    return one.when is not None and other.when is not None and one.when.before(other.when)


def _leave_open_since(fact: str, newer: Candidate, older: Sequence[Candidate], gathering: Gathering) -> None:
    if all(_certainly_before(one, newer) for one in older):
        gathering.offer_unsettled(fact, "newer-unread", newer.when, newer.resources[0])
