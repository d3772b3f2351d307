"""Withdrawing a draft that breaks a contraindication: offered only where the rule no longer fires without it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from oncocds.advice.result import AdviceItem, Evaluation
from oncocds_api.cds import words
from oncocds_api.cds.choice import behind
from oncocds_api.cds.detail import Details
from oncocds_api.cds.drafts import Drafts
from oncocds_api.cds.models import DeleteAction, Suggestion
from oncocds_api.fhir.bundle import Resource

_MOST = 3
Without = Callable[[Resource], Evaluation]


def withdrawals(
    item: AdviceItem, drafts: Drafts, sources: Mapping[str, Sequence[str]], without: Without, details: Details
) -> list[Suggestion]:
    """Return the drafts that can be withdrawn to keep to a contraindication.

    ``without`` evaluates the patient without one draft; each draft is tried for itself.
    """
    if item.tier != "contraindication":
        return []
    labels = behind(item, sources)
    found = []
    for draft in [one for one in drafts.resources if one.label in labels][:_MOST]:
        reference = drafts.reference(draft.label)
        if reference is None or _stands(item, without(draft)):
            continue
        order = details.say(words.WITHDRAW).format(order=_name(draft))
        why = details.say(words.WITHDRAW_WHY).format(title=details.say(item.title))
        action = DeleteAction(description=f"{order}{details.say(words.FULL_STOP)}{why}", resourceId=reference)
        found.append(Suggestion(label=order, uuid=str(uuid.uuid4()), actions=[action]))
    return found


def _stands(item: AdviceItem, evaluation: Evaluation) -> bool:
    return any(
        other.action == item.action and other.lesion == item.lesion and other.status == "active"
        for other in evaluation.advice
    )


def _name(draft: Resource) -> str:
    """Return what the EHR calls the order, else its reference."""
    for key in ("medicationCodeableConcept", "code"):
        word = next(draft.element.concept(key).words(), None)
        if word is not None:
            return " ".join(word.split())[:60]
    shown = draft.element.element("medicationReference")
    return (shown.text("display") if shown is not None else None) or draft.label
