"""Withdrawing a draft that breaks a contraindication: offered only where the rule no longer fires without it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from oncocds.advice.result import AdviceItem, Evaluation
from oncocds.text import Text
from oncocds_api.cds import words
from oncocds_api.cds.choice import behind
from oncocds_api.cds.drafts import Drafts
from oncocds_api.cds.models import DeleteAction, Suggestion
from oncocds_fhir.bundle import Resource

_MOST = 3
Without = Callable[[Resource], Evaluation]
Name = Callable[[Resource], str]
Say = Callable[[Text], str]


def withdrawals(
    item: AdviceItem, drafts: Drafts, sources: Mapping[str, Sequence[str]], without: Without, name: Name, say: Say
) -> list[Suggestion]:
    """Return the drafts that can be withdrawn to keep to a contraindication.

    ``without`` evaluates the patient without one draft, each tried for itself; ``name`` tells what a draft orders.
    """
    if item.tier != "contraindication":
        return []
    labels = behind(item, sources)
    found = []
    for draft in [one for one in drafts.resources if one.label in labels][:_MOST]:
        reference = drafts.reference(draft.label)
        if reference is None or _stands(item, without(draft)):
            continue
        order = say(words.WITHDRAW).format(order=name(draft))
        why = say(words.WITHDRAW_WHY).format(title=say(Text(item.title.zh, item.title.en)))
        action = DeleteAction(description=f"{order}{say(words.FULL_STOP)}{why}", resourceId=reference)
        found.append(Suggestion(label=order, uuid=str(uuid.uuid4()), actions=[action]))
    return found


def _stands(item: AdviceItem, evaluation: Evaluation) -> bool:
    return any(
        other.action == item.action and other.lesion == item.lesion and other.status == "active"
        for other in evaluation.advice
    )
