"""An answer on the page: the lines of its briefing, in their order, each with what stands behind it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oncocds.advice.first import Decision, Line, Topic
from oncocds.advice.result import (
    AdviceItem,
    Bilingual,
    DataConflict,
    Evaluation,
    Ground,
    NoteView,
    Notice,
    Part,
    PassageView,
    Question,
)  # fmt: skip
from oncocds.advice.values import FormulasOnce
from oncocds.advice.warning import leads
from oncocds.knowledge.models import Urgency
from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Told:
    """A ground as it is told: each remark once within its item, with the rules it goes for where these are several.

    ``leading`` are the urgent remarks that are read before it, as in the line of the briefing. ``says`` is its text
    without a formula that was told before. ``quoted`` are its passages, each with the rule that quoted it earlier in
    the answer (none: it is quoted here). On paper a passage is quoted once.
    """

    ground: Ground
    leading: tuple[tuple[NoteView, tuple[str, ...]], ...]
    notes: tuple[tuple[NoteView, tuple[str, ...]], ...]
    says: Bilingual
    quoted: tuple[tuple[PassageView, str | None], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An item of advice with its grounds."""

    item: AdviceItem
    grounds: tuple[Told, ...]
    digest: str

    @property
    def key(self) -> str:
        """What tells the item again in the next answer."""
        return _key("advice", self.item.action, self.item.lesion, self.item.urgency)

    @property
    def labels(self) -> tuple[Bilingual, ...]:
        """How its extrapolated and locally decided grounds are labelled, each once."""
        found = (told.ground.label for told in self.grounds)
        return tuple(dict.fromkeys(label for label in found if label is not None))

    @property
    def places(self) -> tuple[PassageView, ...]:
        """The passages the item states, each once: its sources in short."""
        return tuple(
            {_place(p): p for told in self.grounds for p in told.ground.passages if p.role == "states"}.values()
        )


@dataclass(frozen=True, slots=True)
class Alike:
    """Items that say the same of several lesions: told once, with the grounds of the first."""

    cards: tuple[Card, ...]

    @property
    def lesions(self) -> tuple[str, ...]:
        """The lesions they are about."""
        return tuple(card.item.lesion for card in self.cards if card.item.lesion is not None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the briefing with what it covers; ``key`` tells it again in the next answer, ``digest`` what changed.

    ``more`` is a line that counts and names what a cap has cut, or what is said in one line.
    """

    line: Line
    key: str
    digest: str
    cards: tuple[Card, ...] = ()
    notices: tuple[Notice, ...] = ()
    clashes: tuple[DataConflict, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def more(self) -> bool:
        """Whether the line stands for several that have lines of their own elsewhere."""
        return self.line.kind == "group"

    @property
    def named(self) -> Text:
        """What a line that counts things names of them: one question of many lesions once."""
        words = self.line.line
        return Text(words.zh.partition("：")[2], words.en.partition(": ")[2])

    @property
    def titles(self) -> tuple[Bilingual, ...]:
        """What the items are called, each once."""
        return tuple(dict.fromkeys(card.item.title for card in self.cards))

    @property
    def alike(self) -> tuple[Alike, ...]:
        """The items, those together that differ in the lesion and in what it rests on alone."""
        found: dict[tuple[object, ...], list[Card]] = {}
        for card in self.cards:
            grounds = tuple(told.ground.model_dump_json(exclude={"because"}) for told in card.grounds)
            found.setdefault((card.item.title, card.item.urgency, card.item.status, grounds), []).append(card)
        return tuple(Alike(tuple(cards)) for cards in found.values())

    @property
    def asked_in_full(self) -> tuple[Decision, ...]:
        """Its decisions that are shown with all that they bring: the first of each kind; of a line for many, none."""
        if self.more:
            return self.decisions if len(self.decisions) <= _FULL else ()
        kinds: dict[str, Decision] = {}
        for decision in self.decisions:
            kinds.setdefault(_ITEM.sub("", decision.fact), decision)
        return tuple(kinds.values())

    @property
    def folded(self) -> bool:
        """Whether those asked in short are many, and are shown when they are asked for."""
        return len(self.decisions) > _FULL

    @property
    def asked_in_short(self) -> tuple[Decision, ...]:
        """The others, a line each: what is asked in full, of another item; of a line for several, all."""
        full = {decision.id for decision in self.asked_in_full}
        return tuple(decision for decision in self.decisions if decision.id not in full)

    @property
    def lesions(self) -> tuple[str, ...]:
        """The lesions the items are about."""
        return tuple(dict.fromkeys(card.item.lesion for card in self.cards if card.item.lesion is not None))


@dataclass(frozen=True, slots=True)
class Shelf:
    """A section of the briefing; on paper the items of a ``brief`` one are a line each."""

    id: str
    title: Text
    entries: tuple[Entry, ...]
    brief: bool

    @property
    def cards(self) -> tuple[Card, ...]:
        """All items of the section."""
        return tuple(card for entry in self.entries for card in entry.cards)

    @property
    def told(self) -> int:
        """How many lines it has; of what is to be decided, how many questions, as at the top of the page."""
        return sum(len(entry.decisions) for entry in self.entries) or len(self.entries)

    @property
    def number(self) -> int:
        """How many items and notices it holds."""
        return len(self.cards) + sum(len(entry.notices) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Asked:
    """A topic with its questions."""

    topic: Topic
    questions: tuple[Question, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules its answers would decide, and those that ask."""
        return tuple(dict.fromkeys(rule for one in self.questions for rule in (*one.would_decide, *one.asked_by)))


_TITLES = {
    "now": Text("紧急与禁忌", "Emergencies and contraindications"),
    "decide": Text("待您判断：一个答案即可决定", "For you to decide: one answer away"),
    "do": Text("要做与要留意", "To do and to watch"),
    "consider": Text("可考虑", "To consider"),
    "background": Text("常规", "Routine"),
    "stepped_back": Text("已让位", "Stepped back"),
}
_FULL = 4
_ITEM = re.compile(r"\[.+?\]")
_BRIEF = ("consider", "background", "stepped_back")


def shelves(evaluation: Evaluation) -> dict[str, Shelf]:
    """Return the sections of the briefing that hold something, in its order and with its lines in theirs.

    Changed settings are left out: the page says them at its top.
    """
    entries: dict[str, list[Entry]] = {}
    quotes: dict[str, list[tuple[PassageView, str]]] = {}
    find = _Finder(evaluation, FormulasOnce(evaluation.values))
    for line in evaluation.briefing:
        if line.kind == "setting":
            continue
        known = {} if line.section in _BRIEF else quotes
        entries.setdefault(line.section, []).append(find.entry(line, known))
    return {name: Shelf(name, _TITLES[name], tuple(found), name in _BRIEF) for name, found in entries.items()}


def topics(evaluation: Evaluation) -> tuple[list[Asked], list[Asked]]:
    """Return the topics that are shown, and the others."""
    of = {question.fact: question for question in evaluation.questions.clinician}
    asked = [Asked(one, tuple(of[fact] for fact in one.facts)) for one in evaluation.questions.topics]
    return [one for one in asked if one.topic.shown], [one for one in asked if not one.topic.shown]


class _Finder:
    """Finds what the lines of an answer cover."""

    def __init__(self, evaluation: Evaluation, once: FormulasOnce) -> None:
        self._once = once
        self._items = {(item.action, item.lesion): item for item in evaluation.advice}
        self._notices = {notice.id: notice for notice in evaluation.notices}
        self._clashes = {clash.id: clash for clash in evaluation.data_conflicts}
        self._decisions = {decision.id: decision for decision in evaluation.decisions}

    def entry(self, line: Line, quotes: dict[str, list[tuple[PassageView, str]]]) -> Entry:
        """Return a line with what it covers; ``quotes`` are the passages quoted so far."""
        items = [self._items[one.ref, one.lesion] for one in line.covers if one.kind == "advice"]
        if line.kind != "notice":  # which is shown by the notice itself
            self._once.said(line.line)
        notices = tuple(self._told(self._notices[one.ref]) for one in line.covers if one.kind == "notice")
        clashes = tuple(self._clashes[one.ref] for one in line.covers if one.kind == "data_conflict")
        decisions = tuple(self._decisions[one.ref] for one in line.covers if one.kind == "decision")
        digest = _digest(line, *items, *notices, *clashes, *decisions)
        key = _key(line.kind, line.ref, line.lesion, line.urgency)
        return Entry(line, key, digest, tuple(self._card(item, quotes) for item in items), notices, clashes, decisions)

    def _told(self, notice: Notice) -> Notice:
        return notice.model_copy(update={"text": self._once.said(notice.text)})

    def _noted(self, note: NoteView) -> NoteView:
        words = self._once.said(Bilingual.of(zh=note.zh, en=note.en))
        return note.model_copy(update={"zh": words.zh, "en": words.en})

    def _card(self, item: AdviceItem, quotes: dict[str, list[tuple[PassageView, str]]]) -> Card:
        rules_of: dict[str, list[str]] = {}
        for ground in item.grounds:
            for note in ground.notes:
                rules_of.setdefault(note.id, []).append(ground.rule)
        told = []
        for ground in item.grounds:
            first = [note for note in ground.notes if rules_of[note.id][0] == ground.rule]
            notes = tuple(
                (self._noted(note), tuple(rules_of[note.id]) if len(rules_of[note.id]) > 1 else ()) for note in first
            )
            before = tuple(one for one in notes if ground.status == "active" and leads(one[0], item.urgency))
            notes = tuple(one for one in notes if one not in before)
            told.append(Told(ground, before, notes, self._once.said(ground.text), tuple(_quoted(ground, quotes))))
        return Card(item, tuple(told), _digest(item))


def _quoted(
    ground: Ground, quotes: dict[str, list[tuple[PassageView, str]]]
) -> Iterator[tuple[PassageView, str | None]]:
    for passage in ground.passages:
        if passage.role != "states":
            continue
        known = quotes.setdefault(passage.document, [])
        yield passage, _holder(passage, known)
        known.append((passage, ground.rule))


def _holder(passage: PassageView, known: Iterable[tuple[PassageView, str]]) -> str | None:
    return next((rule for other, rule in known if other.start <= passage.start and passage.end <= other.end), None)


def _place(passage: PassageView) -> tuple[str, int, int]:
    return passage.document, passage.start, passage.end


def _key(kind: str, ref: str, lesion: str | None, urgency: Urgency) -> str:
    return f"{kind}@{ref}@{lesion or ''}@{urgency}"


def _digest(*parts: Part) -> str:
    return hashlib.sha256("\n".join(part.model_dump_json() for part in parts).encode()).hexdigest()[:16]
