"""What therapy is meant for, as mCODE says it in an extension of its record: curative, palliative."""

from __future__ import annotations

from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.times import When

_EXTENSIONS = ("mcode-treatment-intent", "mcode-procedure-intent")
_FACT = "treatment.intent"


def offer_intent(resource: Resource, when: When | None, gathering: Gathering) -> None:
    """Offer the intent that a record of therapy tells; one that is not understood is noted."""
    for extension in (one for name in _EXTENSIONS for one in resource.element.extensions(name)):
        try:
            intent = gathering.memory.answer(extension.concept("valueCodeableConcept"), "intent")
            reason = "unknown-answer"
        except Disagreement:
            intent, reason = None, "codes-disagree"
        if intent is not None:
            gathering.offer(_FACT, intent, when, resource.label)
        else:
            gathering.remarks.unmapped(reason, resource.label, facts=[_FACT])
