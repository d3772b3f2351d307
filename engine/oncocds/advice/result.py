"""The answer: what the documents say about one patient, each item tied to its passages.

These models are the HTTP contract as well: ``Evaluation.model_dump(mode="json")`` is exactly what the server answers.
"""

from typing import Literal, Self

from pydantic import Field

from oncocds.advice.first import Decision, Line, Monitored, SeriesView, Topic, ValueView
from oncocds.advice.part import Because, Bilingual, FactValue, Part, PassageView, Worded
from oncocds.knowledge.audience import Audience
from oncocds.knowledge.models import EvidenceLevel, Kind, Strength, Urgency, Verdict

Origin = Literal["source", "local policy", "extrapolated"]
Status = Literal["active", "demoted"]
__all__ = ["Because", "Bilingual", "FactValue", "Part", "PassageView"]


class StrengthView(Worded):
    """The document's own wording, its translation, and our reading of how strong it is."""

    zh: str
    en: str
    reading: Strength


class EvidenceView(Part):
    """The level of what the passage rests on and what it cites."""

    level: EvidenceLevel
    cites: Bilingual | None = None


class AudienceView(Worded):
    """For whom something is, with its label. What does not name the patient is for professionals only."""

    code: Audience
    zh: str
    en: str


class RecipientView(Worded):
    """Whom a rule concerns, with a label. It does not say who may see the rule's words: the audience does."""

    code: str
    zh: str
    en: str


class FlagView(Worded):
    """What a reader of the statement must know about it."""

    id: str
    zh: str
    en: str
    contested: bool


class NoteView(Worded):
    """A remark that is not from the documents; ``status`` tells whether an external fact was looked up."""

    id: str
    zh: str
    en: str
    origin: Literal["external", "reading", "engine"]
    status: Literal["checked", "memory"] | None = None
    urgency: Urgency | None = None


class Demotion(Worded):
    """Why something steps back: the rules that come before it, and the reason."""

    by: list[str]
    zh: str
    en: str


class Withheld(Part):
    """An evidence note that would support the ground but steps back, by what and why."""

    rule: str
    demoted_by: Demotion


class Absence(Part):
    """That a list holds no such item; ``passed_over`` are the facts of ``because`` that tell only of other items."""

    text: Bilingual
    passed_over: list[str]


class Ground(Part):
    """One rule that fired: its text, why it fired, and its passages.

    It fired ``because`` of recorded facts, and of what is ``absent`` from a list or ``not_recorded`` at all (facts by
    their public path).
    """

    rule: str
    revision: int
    kind: Kind
    urgency: Urgency
    status: Status
    demoted_by: list[Demotion]
    text: Bilingual
    origin: Origin
    label: Bilingual | None = Field(description="How an extrapolated or locally decided ground is labelled.")
    strength: StrengthView
    evidence: EvidenceView
    because: list[Because]
    absent: list[Absence]
    not_recorded: list[str]
    passages: list[PassageView]
    supported_by: list[str]
    withheld: list[Withheld]
    reading: Bilingual | None = Field(description="Where the engine reads more into the passage than it states.")
    not_said: Bilingual | None
    flags: list[FlagView]
    notes: list[NoteView]
    audience: AudienceView = Field(description="Where it names the patient, the text may be used to educate patients.")
    recipients: list[RecipientView]

    def with_notes(self, notes: list[NoteView]) -> Self:
        """Return the ground with some notes before its own."""
        return self.of(**{**vars(self), "notes": [*notes, *self.notes]})


class AdviceItem(Part):
    """One action (for one lesion, where the action is about one) with all its grounds, the leading one first.

    Its audience names the patient only where that of every ground does.
    """

    action: str
    lesion: str | None
    kind: Kind
    tier: str
    urgency: Urgency
    status: Status
    demoted_by: list[Demotion]
    title: Bilingual
    text: Bilingual
    audience: AudienceView
    grounds: list[Ground]


class Side(Part):
    """One side of a conflict: its rules, what they say, and their passages."""

    rules: list[str]
    texts: list[Bilingual]
    passages: list[PassageView]


class LabelledFact(Part):
    """A fact and what it is called."""

    fact: str
    label: Bilingual


class ConflictView(Part):
    """Two sides that the documents leave open, shown together with the facts that would decide."""

    id: str
    title: Bilingual
    text: Bilingual
    sides: list[Side]
    decided_by: list[LabelledFact]


class Question(Part):
    """A missing fact: the undetermined rules it would help to decide, and the fired rules that ask for it."""

    fact: str
    label: Bilingual
    urgency: Urgency
    would_decide: list[str]
    asked_by: list[str]


class Questions(Part):
    """What is missing, for the clinician and for the site that configures the policy."""

    clinician: list[Question]
    site: list[Question]
    topics: list[Topic] = Field(description="The clinician's questions by topic, the most urgent first.")


class DataConflict(Part):
    """Recorded facts that cannot both be right (or, as a hint, look odd together)."""

    id: str
    severity: Literal["contradiction", "hint"]
    text: Bilingual
    facts: list[Because]
    asks: list[str]


class Notice(Part):
    """A remark on the whole case; never from the documents unless passages stand beside it."""

    id: str
    urgency: Urgency
    text: Bilingual
    origin: Literal["external", "reading", "engine"]
    status: Literal["checked", "memory"] | None
    passages: list[PassageView]


class KnowledgeId(Part):
    """Which knowledge answered."""

    version: str
    digest: str


class ChangedSetting(Part):
    """A setting that is not as the site has it: what it is called, the site's value, and the value here."""

    setting: str
    label: Bilingual
    site: bool | int | float | None
    here: bool | int | float | None


class EffectivePolicy(Part):
    """The policy in force: the request's values over the site's over the shipped ones; null is unset.

    ``changed`` are the settings in which it differs from the site's. Whoever shows the answer says them at its top.
    """

    digest: str
    effective: dict[str, bool | int | float | None]
    changed: list[ChangedSetting]


class Evaluation(Part):
    """What the documents say about one patient, and everything needed to get the same answer again."""

    engine: str
    knowledge: KnowledgeId
    policy: EffectivePolicy
    input_digest: str
    as_of: str
    items: dict[str, Bilingual] = Field(
        description="What the items of the record are called, by their path; one without an entry, by its id."
    )
    briefing: list[Line] = Field(description="The reading order, made once for every face.")
    decisions: list[Decision] = Field(description="What waits for one answer, the most urgent first.")
    values: list[ValueView] = Field(description="The figures behind the answer.")
    monitoring: list[Monitored] = Field(
        description="What is due again, by intervals that the site has set; empty where it has set none."
    )
    series: list[SeriesView] = Field(description="The results of the patient's history, by what was measured.")
    advice: list[AdviceItem]
    conflicts: list[ConflictView]
    questions: Questions
    data_conflicts: list[DataConflict]
    notices: list[Notice]
    verdicts: dict[str, Verdict]

    def lesion(self, identity: str) -> Bilingual:
        """Return what a lesion is called: by its id where the record tells nothing better."""
        return self.items.get(f"lesions[{identity}]") or Bilingual.of(zh=identity, en=identity)
