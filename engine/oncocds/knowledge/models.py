"""The knowledge as data: rules, concepts, actions, flags, notes and precedence, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from oncocds.knowledge.documented import Quote
from oncocds.language.tree import All, Compare, Condition
from oncocds.reading.marks import Mark
from oncocds.text import Text
from oncocds.vocabulary.prepared import SELDOM

Kind = Literal[
    "recommendation", "contraindication", "caution", "monitoring", "diagnostic", "question", "education", "evidence"
]
Urgency = Literal["critical", "warning", "info"]
Strength = Literal[
    "must", "should", "recommended", "should_consider", "may", "descriptive", "must_not", "not_recommended"
]
EvidenceLevel = Literal["guideline", "trial", "expert-opinion", "editorial", "patient-education"]
Verdict = Literal["fires", "silent", "undetermined"]
URGENCIES: tuple[Urgency, ...] = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class Wording:
    """How strongly the document words it: its own words, and our reading of them."""

    text: Text
    reading: Strength


@dataclass(frozen=True, slots=True)
class Evidence:
    """The level of what the source rests on, and what it cites (None where it cites nothing)."""

    level: EvidenceLevel
    cites: Text | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A declared second arm of a rule, open only while a policy switch is on; what it adds is labelled extrapolated."""

    policy: str
    any_tumour: bool
    when: Condition
    label: Text


@dataclass(frozen=True, slots=True)
class SlotText:
    """A piece of text for a slot, shown when its condition is true."""

    when: Condition
    text: Text


@dataclass(frozen=True, slots=True)
class Raised:
    """What a rule says more urgently, or in stronger words of the document, while a condition is true.

    In a ground about one lesion a condition on lesions has to be true of that lesion.
    """

    when: Condition
    urgency: Urgency | None = None
    strength: Wording | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A patient fragment with the verdict the rule must reach on it, and the facts it must ask for."""

    given: Mapping[str, Any]
    policy: Mapping[str, Any]
    expect: Verdict
    asks: tuple[str, ...] = ()
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a passage, the condition under which it applies to a patient, and what to say then.

    Evidence notes (``kind == "evidence"``) have no condition of their own: they travel with the rules they support,
    those with ``attach_when`` only while that condition is true. A rule without an action makes no item of advice:
    a notice of the whole answer speaks for it.
    """

    id: str
    revision: int
    document: str
    title: Text
    kind: Kind
    then: Text
    strength: Wording
    evidence: Evidence
    quotes: tuple[Quote, ...]
    urgency: Urgency | None = None
    action: str | None = None
    tumours: tuple[str, ...] = ()
    when: Condition | None = None
    extension: Extension | None = None
    raised: tuple[Raised, ...] = ()
    slots: Mapping[str, tuple[SlotText, ...]] = field(default_factory=dict)
    not_said: Text | None = None
    reading: Text | None = None
    flags: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    attach_when: Condition | None = None
    examples: Sequence[Example] = field(default=(), metadata=SELDOM)
    path: str = ""
    mark: Mark | None = field(default=None, compare=False, repr=False)

    def source_arm(self) -> Condition | None:
        """Return the condition within the document's tumour scope; None for an evidence note."""
        if self.when is None:
            return None
        if not self.tumours:
            return self.when
        return All((Compare("diagnosis.tumour_type", "in", self.tumours), self.when))

    def extended_arm(self) -> Condition | None:
        """Return the condition of the declared extension, policy switch and scope included, if there is one."""
        if self.extension is None:
            return None
        switch = Compare(f"policy.{self.extension.policy}", "is", True)
        if self.extension.any_tumour:
            return All((switch, self.extension.when))
        return All((switch, Compare("diagnosis.tumour_type", "in", self.tumours), self.extension.when))

    def urgencies(self) -> tuple[Urgency, ...]:
        """Return every urgency the rule can have: its own, and those it is raised to; none for an evidence note."""
        own = () if self.urgency is None else (self.urgency,)
        return (*own, *(one.urgency for one in self.raised if one.urgency is not None))


@dataclass(frozen=True, slots=True)
class Concept:
    """A condition with a name."""

    id: str
    title: Text
    when: Condition
    path: str = ""
    mark: Mark | None = field(default=None, compare=False, repr=False)


UNRANKED = 99


@dataclass(frozen=True, slots=True)
class Action:
    """What several rules may ask for together: one item of the answer.

    ``tier`` places the item in the answer (see ``TIERS``); an item with a critical ground stands in the emergency tier
    unless it is a contraindication. ``alone`` gives another title when the active grounds are all among its rules.
    ``emergency_rank`` orders emergencies among themselves, the smallest first; those without one come after.
    ``gives`` are the classes of drugs its rules say to give, choose or carry on with, ``calls_safe`` those they call
    safe or feasible to use; ``local_treatment`` says that they advise to treat a lesion locally. Notes, precedence and
    claims find rules by these, so that a new rule of the action is covered at once. ``background`` is said of every
    such patient; ``joins`` names the action after whose line its own is said where both are said, ``listed_before`` the
    words before which each ground says its point, so that all are said in one sentence.
    """

    id: str
    title: Text
    tier: str
    per_lesion: bool = False
    alone: tuple[tuple[frozenset[str], Text], ...] = ()
    emergency_rank: int = UNRANKED
    gives: tuple[str, ...] = ()
    calls_safe: tuple[str, ...] = ()
    local_treatment: bool = False
    background: bool = False
    joins: str | None = None
    listed_before: Text | None = None
    path: str = ""
    mark: Mark | None = field(default=None, compare=False, repr=False)


TIERS = (
    "emergency",
    "contraindication",
    "stop-or-continue",
    "caution",
    "question",
    "diagnostic",
    "monitoring",
    "recommendation",
    "education",
)


@dataclass(frozen=True, slots=True)
class Flag:
    """What a reader of the statement must know about it (contested, over-extended, reading of an open term)."""

    id: str
    text: Text
    contested: bool = False


@dataclass(frozen=True, slots=True)
class NoteExample:
    """A patient fragment for whom a note must be shown, or must not.

    ``urgency``, where it is stated, is the highest of the grounds that the note stands with, or of the notice.
    """

    given: Mapping[str, Any]
    policy: Mapping[str, Any]
    shown: bool
    urgency: Urgency | None = None
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Beside:
    """Which items a note stands beside: those of some actions, and those of actions that give some classes of drugs."""

    actions: tuple[str, ...] = ()
    giving: tuple[str, ...] = ()

    def covers(self, action: Action) -> bool:
        """Tell whether items of an action are among them."""
        return action.id in self.actions or not set(self.giving).isdisjoint(action.gives)


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that does not come from the documents, or a notice about the case.

    ``attached_to`` notes appear with the grounds of those rules; a note ``beside`` items hangs on its own condition
    alone and appears with the leading ground of every such item, whichever rule it comes from, and as a notice of its
    own where no active item at least as urgent carries it. The others are notices of the whole answer. All appear only
    while ``when`` (if any) is true. ``status`` tells what was looked up from what was not. An ``urgency`` raises the
    item it appears with (not of one it stands beside); ``at_most`` lowers the grounds it appears with to that urgency.
    With ``same_lesion`` it appears with grounds about a lesion only where that lesion makes ``when`` true. ``rules`` of
    a notice lend it their passages.
    """

    id: str
    text: Text
    origin: Literal["external", "reading", "engine"]
    status: Literal["checked", "memory"] | None = None
    when: Condition | None = None
    attached_to: tuple[str, ...] = ()
    beside: Beside | None = None
    rules: tuple[str, ...] = ()
    urgency: Urgency | None = None
    at_most: Urgency | None = None
    same_lesion: bool = False
    examples: Sequence[NoteExample] = field(default=(), metadata=SELDOM)
    path: str = ""


@dataclass(frozen=True, slots=True)
class PrecedenceExample:
    """A patient fragment with the grounds that must step back and those that must stand.

    A ground is named by its rule, at one lesion as ``BCBM-38[L1]``.
    """

    given: Mapping[str, Any]
    policy: Mapping[str, Any]
    demoted: tuple[str, ...]
    active: tuple[str, ...]
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Precedence:
    """Declared precedence: while one of ``winners`` fires (and ``when`` is true), the grounds ``demoted`` step back.

    ``notices`` win as rules do, while they are shown: what no rule of the documents says may still come first.
    With ``when_alone`` the condition wins by itself, whether or not a winner fires. With ``same_lesion`` grounds about
    a lesion step back only for winners about that lesion, which makes ``when`` true as well where ``when`` is about
    lesions; grounds about the patient step back for any such lesion. ``giving`` and ``calling_safe`` are classes of
    drugs: all rules step back whose action gives one of them or calls it safe; once read they stand in ``demoted``.
    """

    id: str
    winners: tuple[str, ...]
    demoted: tuple[str, ...]
    why: Text
    when: Condition | None = None
    same_lesion: bool = False
    notices: tuple[str, ...] = ()
    examples: Sequence[PrecedenceExample] = field(default=(), metadata=SELDOM)
    when_alone: bool = False
    giving: tuple[str, ...] = ()
    calling_safe: tuple[str, ...] = ()
