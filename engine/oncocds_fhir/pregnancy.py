"""Whether a patient is pregnant, as far as a record of some day still tells it."""

from __future__ import annotations

from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.times import When

PREGNANT = "pregnant"
# Days; a convention of reading records: beyond 42 weeks a pregnancy is called prolonged (ICD-10 O48), so what was
# recorded longer ago, of either kind, tells nothing of today.
_LONGEST = 42 * 7


def offer_pregnancy(value: bool, when: When | None, resource: str, gathering: Gathering) -> None:
    """Offer whether the patient is pregnant; a record from before any present pregnancy says nothing of it."""
    if when is not None and gathering.moment.days_since(when) > _LONGEST:
        gathering.remarks.unmapped("pregnancy-long-ago", resource, facts=[PREGNANT])
    else:
        gathering.offer(PREGNANT, value, when, resource)


def note_pregnancy_test(part: Element, when: When | None, resource: str, gathering: Gathering) -> None:
    """Note a test of pregnancy (hCG): a positive one raises a pregnancy that nobody has confirmed, none settles one."""
    said = [part.concept("valueCodeableConcept"), part.named("valueString"), *part.concepts("interpretation")]
    try:
        answers = {
            gathering.memory.answer(one, kind) for one in said for kind in ("positive_negative", "interpretation")
        }
    except Disagreement:
        answers = {"positive"}  # it may be
    recent = when is None or gathering.moment.days_since(when) <= _LONGEST
    if answers & {"positive", "high"} and recent:
        gathering.remarks.unmapped("pregnancy-test-positive", resource, facts=[PREGNANT])
    else:
        gathering.remarks.unmapped("no-fact", resource)
