"""Grounds are gathered into items — one per action, and per lesion where the action is about one — and put in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from oncocds.advice.case import Case
from oncocds.advice.grounds import Grounds, highest
from oncocds.advice.precedence import Applied
from oncocds.advice.result import AdviceItem, Bilingual, Ground, NoteView
from oncocds.advice.views import bilingual
from oncocds.knowledge.models import TIERS, URGENCIES, Action, Kind, Strength
from oncocds.profile.identity import Place, in_order

STRENGTHS: tuple[Strength, ...] = (
    "must_not",
    "must",
    "not_recommended",
    "should",
    "recommended",
    "should_consider",
    "may",
    "descriptive",
)
_KINDS: tuple[Kind, ...] = (
    "contraindication",
    "caution",
    "question",
    "diagnostic",
    "monitoring",
    "recommendation",
    "education",
    "evidence",
)


def advice_items(case: Case, grounds: Grounds, demoted: Mapping[str, list[Applied]]) -> list[AdviceItem]:
    """Return the items of the answer in the order in which a clinician should read them."""
    gathered: dict[tuple[str, str | None], list[Ground]] = defaultdict(list)
    for rule_id, verdict in case.verdicts.items():
        if verdict is not True:
            continue
        named = case.knowledge.rules[rule_id].action
        if named is None:  # a notice speaks for the rule
            continue
        action = case.knowledge.actions[named]
        for lesion in subjects(case, action, rule_id):
            gathered[action.id, lesion].append(grounds.build(case, rule_id, lesion, demoted))
    actions = case.knowledge.actions
    items = [
        _item(
            actions[action_id],
            lesion,
            sorted(found, key=lambda ground: _weight(ground, grounds.tells_finding(case, ground.rule))),
            grounds.remarks.beside(case, actions[action_id]),
        )
        for (action_id, lesion), found in gathered.items()
    ]
    return sorted(items, key=lambda item: _place(item, case.knowledge.actions[item.action]))


def subjects(case: Case, action: Action, rule_id: str) -> list[str | None]:
    """Return the lesions that a fired rule's grounds are about, [None] where it is about the patient."""
    lesions = sorted(case.lesions(rule_id), key=in_order) if action.per_lesion else []
    return [*lesions] or [None]


def _item(action: Action, lesion: str | None, ordered: list[Ground], beside: list[NoteView]) -> AdviceItem:
    if beside:
        ordered[0] = ordered[0].with_notes(beside)
    active = [ground for ground in ordered if ground.status == "active"]
    standing = active or ordered
    lead = standing[0]
    urgency = highest([ground.urgency for ground in standing])
    demotions = {(tuple(one.by), one.zh): one for ground in ordered for one in ground.demoted_by}
    return AdviceItem.of(
        action=action.id,
        lesion=lesion,
        kind=lead.kind,
        tier=_tier(action, urgency),
        urgency=urgency,
        status="active" if active else "demoted",
        demoted_by=[] if active else list(demotions.values()),
        title=_title(action, standing),
        text=lead.text,
        audience=next((ground.audience for ground in ordered if ground.audience.code == "professional"), lead.audience),
        grounds=ordered,
    )


def _tier(action: Action, urgency: str) -> str:
    if urgency == "critical" and action.tier != "contraindication":
        return "emergency"
    return action.tier


def _title(action: Action, standing: list[Ground]) -> Bilingual:
    rules = {ground.rule for ground in standing}
    return bilingual(next((title for alone, title in action.alone if rules <= alone), action.title))


def _weight(ground: Ground, tells_finding: bool) -> tuple[int, int, int, int, int, str]:
    """Return where a ground stands among those of its item: of one urgency, what was found in this patient first."""
    return (
        ground.status != "active",
        URGENCIES.index(ground.urgency),
        not tells_finding,
        STRENGTHS.index(ground.strength.reading),
        _KINDS.index(ground.kind),
        ground.rule,
    )


def _place(item: AdviceItem, action: Action) -> tuple[int, int, int, int, int, str, Place]:
    return (
        item.status != "active",
        TIERS.index(item.tier),
        action.emergency_rank if item.tier == "emergency" else 0,
        URGENCIES.index(item.urgency),
        STRENGTHS.index(item.grounds[0].strength.reading),
        item.action,
        in_order(item.lesion or ""),
    )
