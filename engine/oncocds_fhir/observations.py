"""Observation → results: which fact it tells, its status, its date, its value."""

from __future__ import annotations

from typing import Any, NamedTuple

from oncocds.vocabulary.meanings import fold
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.measures import Unusable, several_values
from oncocds_fhir.observed import RET_ALONE, meaning_of, value_words
from oncocds_fhir.pregnancy import PREGNANT, note_pregnancy_test, offer_pregnancy
from oncocds_fhir.printed_results import as_printed
from oncocds_fhir.receptors import conclude_receptors, must_agree, offer_receptor, sign_of
from oncocds_fhir.results import answered, interpreted, laboratory_result, value_of, weight
from oncocds_fhir.series_meant import could_be, could_be_any, series_of_result
from oncocds_fhir.stains import her2_parts, told_apart
from oncocds_fhir.times import When, when_of
from oncocds_fhir.unread import (
    DATED_BY,
    FUSION,
    LVEF,
    RECEPTORS,
    facts_of,
    is_missing,
    leave_open,
    may_be_any_of,
    may_be_newer,
    none_taken,
    offered_as,
)
from oncocds_fhir.value_words import unread_her2, without_name
from oncocds_fhir.variants import map_variant

FINAL = ("final", "amended", "corrected")
_NOT_FINAL = ("registered", "preliminary")
_STATUSES = {"cancelled": "cancelled", "entered-in-error": "entered-in-error", "unknown": "status-unclear"}
_COULD_BE_RESULTS = ("status-missing", "status-unclear", "unknown-status", "focus-unclear")
_FOCUS_ON_SOMEBODY = ("Patient", "RelatedPerson", "Group")
_HER2_FACTS = ("biomarkers.her2_status", "biomarkers.her2_ihc")
_HER2_ISH = "biomarkers.her2_ish"
_HER2_OF_IHC = {"3+": ("positive",), "2+": ("equivocal",), "1+": ("negative",), "0": ("negative",)}
_CERTAIN_IHC = {"3+": "negative", "0": "positive"}  # what a score can never be; a weaker stain may be marked as any
_BARE_PLUS = ("+", "(+)")


def map_observations(observations: list[Resource], gathering: Gathering) -> None:
    """Offer what every Observation tells, part by part."""
    for observation in observations:
        if (reason := alike(_unusable, observation, gathering)) is not None:
            gathering.remarks.unmapped(
                reason, observation.label, coding=observation.element.concept("code").first_coding
            )
            if reason in _COULD_BE_RESULTS:
                gathering.lacks(could_be_any(observation.element, gathering), reason, observation.label)
                leave_open(observation, gathering)
            continue
        when = when_of(observation.element)
        try:
            found = alike(_meaning, observation, gathering)
        except Disagreement:
            gathering.remarks.unmapped("codes-disagree", observation.label)
            gathering.lacks(could_be_any(observation.element, gathering), "codes-disagree", observation.label)
            for part in (observation.element, *observation.element.elements("component")):
                may_be_any_of(part, when, observation, gathering)
            continue
        final = observation.element.text("status") in FINAL
        if found is not None and found.one("special") == "variant":
            map_variant(observation, when, final, gathering)
            continue
        parts = observation.element.elements("component")
        if found is not None and not (parts and found.one("special") == "none"):
            _part(observation, observation.element, found, when, final, gathering)
        known = False
        for part in parts:
            known = _component(observation, part, when, final, gathering) or known
        if found is None and not known:
            _unknown(observation, when, gathering)
    conclude_receptors(gathering)
    pending = gathering.settle("(ret pending)")
    if pending is not None and not gathering.offered(FUSION):
        gathering.offer(FUSION, "pending", pending.when, *pending.resources)


def _meaning(observation: Resource, gathering: Gathering) -> Meant | None:
    return meaning_of(observation.element, observation, gathering)


class _Form(NamedTuple):
    """What a result or a part of one shows before its value is read: what it is of, and what there is of a value.

    ``told``: it tells the same whatever its day is (``_told``).
    """

    special: str | None
    facts: tuple[str, ...]
    missing: bool
    several: bool
    told: bool = False


def _form(observation: Resource, gathering: Gathering) -> _Form | None:
    """Return the form of a result whose value stands there without the name of the test, and as FHIR has it."""
    found, element = alike(_meaning, observation, gathering), observation.element
    if found is None or as_printed(without_name(element, found, gathering), found, gathering) is not element:
        return None
    form = _form_of(found, element)
    return form._replace(told=not (element.has("valueQuantity") or any(map(_is_measured, form.facts))))


def _form_of(found: Meant, part: Element) -> _Form:
    return _Form(found.one("special"), facts_of(found), is_missing(part), len(part.choices("value")) > 1)


def _unusable(observation: Resource, _: Gathering) -> str | None:
    status = observation.element.text("status")
    if status is None:
        return "status-missing"
    if status in _STATUSES:
        return _STATUSES[status]
    if status not in (*FINAL, *_NOT_FINAL):
        return "unknown-status"
    for focus in observation.element.elements("focus"):
        reference, kind = focus.text("reference"), focus.text("type")
        if kind in _FOCUS_ON_SOMEBODY or any(f"{one}/" in (reference or "") for one in _FOCUS_ON_SOMEBODY):
            return "other-focus"
        if reference is None and kind is None:  # of whom, or of what, a name alone does not tell
            return "focus-unclear"
    return None


def _component(observation: Resource, part: Element, when: When | None, final: bool, gathering: Gathering) -> bool:
    try:
        found = meaning_of(part, observation, gathering)
    except Disagreement:
        gathering.remarks.unmapped("codes-disagree", observation.label)
        gathering.lacks(could_be(part, gathering), "codes-disagree", observation.label)
        may_be_any_of(part, when, observation, gathering)
        return True
    if found is None:
        gathering.lacks(could_be(part, gathering), "unknown-code", observation.label)
        may_be_newer(part, when, observation, gathering)
        return False
    if found.one("special") != "variant":
        _part(observation, part, found, when, final, gathering)
    return True


def _part(
    observation: Resource, part: Element, found: Meant, when: When | None, final: bool, gathering: Gathering
) -> None:
    """Offer what one coded value tells."""
    written_as, form = part, alike(_form, observation, gathering) if part is observation.element else None
    if form is None:
        part = as_printed(without_name(part, found, gathering), found, gathering)
        form = _form_of(found, part)
    special, facts = form.special, form.facts
    if found is RET_ALONE:
        gathering.remarks.unmapped("fusion-not-stated", observation.label, facts=[FUSION])
        return
    if special == "none":
        gathering.remarks.unmapped("no-fact", observation.label, coding=part.concept("code").first_coding)
        return
    if special == "pregnancy_test":
        note_pregnancy_test(part, when, observation.label, gathering)
        return
    if not final:
        if facts == (FUSION,):
            gathering.offer("(ret pending)", "pending", when, observation.label)
        if not form.missing:  # a result that is still awaited is no newer one
            for name in offered_as(special, facts):
                gathering.offer_unsettled(name, "newer-preliminary", when, observation.label)
        gathering.remarks.unmapped("not-final", observation.label, facts=facts)
        if not none_taken(part, when, gathering):
            gathering.lacks(series_of_result(facts, part, gathering), "not-final", observation.label)
        return
    try:
        if form.missing:
            raise Unusable("no-value")
        if form.several and several_values(written_as):
            raise Disagreement
        if special is not None:
            _special(special, observation, part, when, gathering)
            return
        if _her2_of_both(facts, observation, part, when, gathering):
            return
        if form.told:
            fact, kept = alike(_told, observation, gathering, facts)
            value: Any = [*kept] if isinstance(kept, list) else kept
        else:
            fact, value = _fact_and_value(facts, part, when, observation, gathering)
        if fact == PREGNANT:
            offer_pregnancy(value, when, observation.label, gathering)
        else:
            gathering.offer(fact, value, when, observation.label)
            if fact in DATED_BY:
                if when is not None and when.day is not None:
                    gathering.offer(DATED_BY[fact], when.day, when, observation.label)
                else:
                    gathering.offer_unsettled(DATED_BY[fact], "newer-unread", when, observation.label)
    except (Unusable, Disagreement) as why:
        code = part.concept("code").first_coding if isinstance(why, Unusable) else None
        reason = why.reason if isinstance(why, Unusable) else "codes-disagree"
        words = unread_her2(written_as, facts, gathering) if reason == "unknown-answer" else None
        reason, said = words or (reason, None)
        gathering.remarks.unmapped(reason, observation.label, facts=facts, coding=code, said=said)
        if not none_taken(part, when, gathering):
            gathering.lacks(series_of_result(facts, part, gathering), reason, observation.label)
        if not form.missing:
            for name in offered_as(special, facts):
                gathering.offer_unsettled(name, "newer-unread", when, observation.label)


def _her2_of_both(
    facts: tuple[str, ...], observation: Resource, part: Element, when: When | None, gathering: Gathering
) -> bool:
    """Offer what one text tells of HER2's protein and gene together (``2+(FISH阳性)``); tell whether it was one."""
    words = value_words(part) if {*_HER2_FACTS} <= {*facts} else []
    parts = her2_parts(words[0]) if len(words) == 1 else []
    if not parts:
        return False
    found: dict[str, Any] = {}
    for named, texts in zip(((facts), (_HER2_ISH,)), told_apart(parts), strict=True):
        for text in texts:
            fact, value = _fact_and_value(
                named, Element({"valueString": text}, part.pointer), when, observation, gathering
            )
            if found.setdefault(fact, value) != value:
                raise Disagreement
    for fact, value in found.items():
        gathering.offer(fact, value, when, observation.label)
    return True


def _fact_and_value(
    facts: tuple[str, ...], part: Element, when: When | None, observation: Resource, gathering: Gathering
) -> tuple[str, Any]:
    """Return the first fact that takes the value, and the value. Raises ``Unusable`` of the first one."""
    refused: Unusable | None = None
    words = value_words(part)
    if {*_HER2_FACTS} <= {*facts}:
        bare = any(fold(word) in _BARE_PLUS for word in words)
        if bare and facts[:2] == _HER2_FACTS:
            raise Unusable("unknown-answer")  # HER2 +: positive, or 1+ of the method? nobody can tell
        status, ihc = (None if bare else answered(fact, part, gathering) for fact in _HER2_FACTS)
        if status == "positive" and any(fold(word).endswith(_BARE_PLUS) for word in words):
            ihc = None  # 阳性 (+)
        if status and ihc and status not in _HER2_OF_IHC.get(ihc, ()):
            raise Disagreement  # "positive (1+)"
        if ihc in _CERTAIN_IHC and interpreted(_HER2_FACTS[0], part, gathering) & {_CERTAIN_IHC[ihc]}:
            raise Disagreement  # "3+", marked as negative
    for fact in facts:
        group, _, rest = fact.partition(".")
        try:
            if fact == "weight":
                return fact, weight(part, gathering)
            if group == "labs" and rest.endswith(".value"):
                analyte = rest.partition(".")[0]
                return f"labs.{analyte}", laboratory_result(analyte, part, when, observation, gathering)
            value = value_of(fact, part, gathering)
            if fact in RECEPTORS.values():
                must_agree(sign_of(value, gathering), part, gathering)
            return fact, value
        except Unusable as unusable:
            refused = refused or unusable
    raise refused or Unusable("unknown-answer")


def _is_measured(fact: str) -> bool:
    return fact.startswith("labs.")


def _told(observation: Resource, gathering: Gathering, facts: tuple[str, ...]) -> tuple[str, Any]:
    """Return what a result tells whose value does not depend on its day."""
    return _fact_and_value(facts, observation.element, None, observation, gathering)


def _special(kind: str, observation: Resource, part: Element, when: When | None, gathering: Gathering) -> None:
    if kind == "lvef":
        gathering.offer(LVEF, value_of("cardiac.lvef_latest", part, gathering), when, observation.label)
    elif kind == "m_category":
        try:
            gathering.offer("diagnosis.extent", value_of("diagnosis.extent", part, gathering), when, observation.label)
        except Unusable:  # M0 and MX tell no extent
            raise Unusable("no-fact") from None
    else:
        offer_receptor(kind, observation, part, when, gathering)


def _unknown(observation: Resource, when: When | None, gathering: Gathering) -> None:
    code = observation.element.concept("code")
    reason = "unknown-code" if code.codings or code.text is not None else "no-code"
    gathering.remarks.unmapped(reason, observation.label, coding=code.first_coding)
    gathering.lacks(could_be(observation.element, gathering), reason, observation.label)
    may_be_newer(observation.element, when, observation, gathering)
