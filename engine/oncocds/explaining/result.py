"""The answer to "why": the tree of a rule's condition, what is true, false and unknown, and what would change it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from oncocds.advice.result import (
    Bilingual,
    Demotion,
    EffectivePolicy,
    FactValue,
    KnowledgeId,
    LabelledFact,
    Part,
    PassageView,
    Status,
)
from oncocds.knowledge.models import Kind, Verdict

Truth = Literal["true", "false", "unknown"]
NodeKind = Literal["all", "any", "not", "items", "item", "concept", "rule", "fact"]
ChangesStatus = Literal["found", "impossible", "not found", "not confirmed", "too many items", "needs z3", "no verdict"]


class FactBehind(Part):
    """A recorded fact behind a leaf, in words; ``via`` names the derived fact it was read through, if any."""

    fact: str
    value: FactValue
    via: str | None
    text: Bilingual


class TreeNode(Part):
    """One condition of the tree: what it says, its truth, the recorded facts behind it, and the facts it lacks.

    ``items`` speaks of a list; its parts are the items. ``concept`` and ``rule`` stand for a condition of their own.
    A leaf that is decided without a fact reads what is not recorded as no.
    """

    kind: NodeKind
    text: Bilingual
    truth: Truth
    facts: list[FactBehind]
    missing: list[LabelledFact]
    parts: list[TreeNode]


class Standing(Part):
    """How a rule that fired stands in the advice: by lesion where its action is about one, and what demotes it."""

    lesion: str | None
    called: Bilingual | None
    status: Status
    demoted_by: list[Demotion]


class Bound(Part):
    """A limit that a changed number must keep to while all else is as told; ``included`` where it will do itself."""

    value: float
    included: bool


class FactChange(Part):
    """One change: a fact recorded or changed, an item added to a list, a planned item dropped, a list found complete.

    ``path`` names the fact, the item or the list; ``to`` is the new value, or the fields of a new item. Numbers are in
    ``unit``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: Literal["complete", "record", "change", "add", "withdraw"]
    path: str
    from_: FactValue = Field(alias="from")
    to: FactValue | dict[str, FactValue]
    unit: str | None
    at_least: Bound | None
    at_most: Bound | None
    text: Bilingual


class ChangeSet(Part):
    """Changes that together lead to a verdict; the engine confirmed it. ``facts`` is how many facts differ, a list
    that was not recorded and each field of a new item among them.

    ``contradicts`` tells what of them contradicts other recorded facts; such changes are told only where no others are.
    """

    changes: list[FactChange]
    facts: int
    verdict: Verdict
    contradicts: list[Bilingual]


class WhatWouldChange(Part):
    """What would make a rule fire or, where it fires, stop it: the fewest changes of the patient's facts.

    ``alternatives`` is null where nothing was searched; ``complete`` tells whether nothing smaller may have been
    missed. Neither the site's policy nor what cannot change of a patient is ever offered.
    """

    goal: Literal["fire", "stop"] | None
    status: ChangesStatus
    text: Bilingual
    fewest: int | None
    complete: bool
    alternatives: list[ChangeSet] | None


class RuleExplanation(Part):
    """Why one rule fires for one patient or does not, and what would change it.

    An evidence note has no verdict: it is ``attached_to`` the rules it supports that fire, while its own condition (the
    tree, if it has one) is true.
    """

    engine: str
    knowledge: KnowledgeId
    policy: EffectivePolicy
    input_digest: str
    as_of: str
    rule: str
    revision: int
    kind: Kind
    title: Bilingual
    text: Bilingual
    verdict: Verdict | None
    statement: Bilingual
    standing: list[Standing]
    attached_to: list[str]
    tree: TreeNode | None
    missing: list[LabelledFact]
    passages: list[PassageView]
    what_would_change: WhatWouldChange
