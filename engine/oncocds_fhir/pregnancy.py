"""Whether a patient is pregnant, as far as a record of some day still tells it."""

from __future__ import annotations

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
