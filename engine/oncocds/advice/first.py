"""What an answer begins with: its reading order, what waits for one answer, the figures, and the questions by topic."""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field

from oncocds.advice.part import Because, Bilingual, FactValue, Part, PassageView
from oncocds.knowledge.models import Urgency

Section = Literal["now", "decide", "do", "consider", "background", "stepped_back"]
LineKind = Literal["advice", "notice", "decision", "data_conflict", "group", "setting"]


class Ref(Part):
    """What a line stands for: an item of advice by its action (and lesion), a notice, a decision, a data conflict; or
    a safety setting that is not the site's.
    """

    kind: LineKind
    ref: str
    lesion: str | None

    @classmethod
    def to(cls, kind: LineKind, ref: str, lesion: str | None = None) -> Self:
        """Return what a line stands for."""
        return cls.of(kind=kind, ref=ref, lesion=lesion)


class Line(Part):
    """One line of the briefing; ``ref`` is the action or id of what it is about.

    ``covers`` names all that the line stands for, itself included: a group stands for several. ``rules`` are the active
    rules behind it, of a decision those that an answer would bring.
    """

    section: Section = Field(
        description="now: critical; decide: one answer away; do: warnings; consider: choices of treatment and what "
        "changes them; background: said of every such patient; stepped_back: demoted."
    )
    kind: LineKind
    ref: str
    lesion: str | None
    urgency: Urgency
    line: Bilingual
    covers: list[Ref]
    rules: list[str]

    @classmethod
    def saying(
        cls,
        line: Bilingual,
        section: Section,
        about: Ref,
        urgency: Urgency,
        covers: list[Ref],
        rules: Iterable[str] = (),
    ) -> Self:
        """Return a line about one thing, in its words."""
        return cls.of(
            section=section,
            kind=about.kind,
            ref=about.ref,
            lesion=about.lesion,
            urgency=urgency,
            line=line,
            covers=covers,
            rules=list(rules),
        )


class ValueInput(Part):
    """A recorded fact that a figure was computed from."""

    fact: str
    label: Bilingual
    value: FactValue
    unit: str | None
    date: str | None


class ValueView(Part):
    """A figure behind the answer, in its unit (UCUM): measured with its date, or computed by a formula from inputs."""

    fact: str
    label: Bilingual
    value: int | float
    unit: str | None
    date: str | None
    formula: Bilingual | None
    inputs: list[ValueInput]
    text: Bilingual


class Monitored(Part):
    """When something that fired rules ask to check again was done last, and when it is due next by local policy.

    ``every`` is the interval that the site's ``setting`` gives, in days (``d``) or calendar months (``mo``): no
    document gives one. ``dated_by`` is the fact that dates the ``last`` time, ``overdue`` is told of the day of the
    evaluation. Where no date is known the facts that would tell it are in ``asks``.
    """

    monitoring: str
    label: Bilingual
    rules: list[str]
    setting: str
    every: int
    unit: Literal["d", "mo"]
    last: str | None
    dated_by: str | None
    due: str | None
    overdue: bool | None
    asks: list[str]
    text: Bilingual


class SeriesPoint(Part):
    """One result of a series: its day, and its value in the series' unit."""

    date: str
    value: float


class SeriesView(Part):
    """What was measured of one thing, the oldest first, in one unit (UCUM), up to the day of the evaluation.

    ``baseline`` is the LVEF before anti-HER2 therapy, where that is known. Where the history may be incomplete (not
    ``whole``), nothing rests on it.
    """

    series: str
    label: Bilingual
    unit: str
    points: list[SeriesPoint]
    latest: SeriesPoint
    baseline: SeriesPoint | None
    lowest: SeriesPoint
    whole: bool
    text: Bilingual


class Brought(Part):
    """Advice that an answer would bring; ``lesion`` where it is about one."""

    rule: str
    action: str | None
    lesion: str | None
    title: Bilingual
    urgency: Urgency
    passages: list[PassageView]


class Choice(Part):
    """One possible answer: the value to record of the decision's fact, and the advice that it would bring.

    Where the fact is a list, of which records were left out, the value is the item to add to it.
    """

    value: bool | str | list[str] | dict[str, str | list[str]]
    label: Bilingual
    brings: list[Brought]


class Decision(Part):
    """Advice that waits for one answer: the question, what bears on it, and the possible answers.

    ``fact`` is the path under which the answer is recorded, ``settings`` the site's settings that would answer it too.
    """

    id: str
    topic: str
    fact: str
    question: Bilingual
    urgency: Urgency
    values: list[ValueView]
    known: list[Because]
    answers: list[Choice]
    settings: list[str]


class Topic(Part):
    """Questions that belong together, with what is known of the matter; ``shown`` tells the few to show first.

    What a line of the briefing asks already is not among the shown.
    """

    topic: str
    label: Bilingual
    urgency: Urgency
    facts: list[str] = Field(description="The questions' facts, the most urgent first.")
    known: list[Because]
    shown: bool
