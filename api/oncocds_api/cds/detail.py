"""The detail of a card: every ground of an item with its passages, why it holds, and what the source leaves open."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from oncocds.advice.part import Worded
from oncocds.advice.result import AdviceItem, Because, Evaluation, FlagView, Ground, NoteView, PassageView
from oncocds.advice.views import translation
from oncocds.advice.warning import leads
from oncocds.advice.wording import FactWords
from oncocds.knowledge.knowledge import Knowledge
from oncocds.text import Language, Text
from oncocds_api.cds import words
from oncocds_api.cds.markdown import indented, plain, quoted
from oncocds_api.reference.words import LEVELS

_MOST_RECORDS = 8


class Details:
    """Writes details in one language. ``sources`` are the resources behind each fact."""

    def __init__(
        self,
        knowledge: Knowledge,
        language: Language,
        sources: Mapping[str, Sequence[str]],
        evaluation: Evaluation,
    ) -> None:
        self._knowledge = knowledge
        self._language: Language = language
        self._sources = sources
        self._conflicts = evaluation.conflicts
        self._facts = FactWords(knowledge.vocabulary, evaluation.items.get)

    def say(self, text: Text | Worded) -> str:
        """Return a text in the language."""
        return text.in_(self._language)

    def line(self, label: Text, content: str) -> str:
        """Return ``**label**: content``; the content is Markdown."""
        return f"**{self.say(label)}**{self.say(words.COLON)}{content}"

    def lines(self, label: Text, contents: Iterable[str]) -> str:
        """Return a list under a label; the contents are Markdown."""
        return "\n".join((self.line(label, ""), "", *(f"- {content}" for content in contents)))

    def item(self, item: AdviceItem) -> str:
        """Return the detail of an item: urgent remarks, active grounds in order, what stepped back, open conflicts."""
        active = [ground for ground in item.grounds if ground.status == "active"]
        first = {note.id: note for ground in active for note in ground.notes if leads(note, item.urgency)}
        blocks = [self.remark(note) for note in first.values()]
        blocks += [
            f"{number}. {indented(self._ground(one, first)).lstrip()}" for number, one in enumerate(active, start=1)
        ]
        for ground in item.grounds:
            if ground.status == "demoted":
                why = self.say(words.BETWEEN).join(plain(self.say(one)) for one in ground.demoted_by)
                blocks.append(self.line(words.STEPPED_BACK, f"{plain(self.say(ground.text))} ({ground.rule}) — {why}"))
        rules = {ground.rule for ground in active}
        for conflict in self._conflicts:
            if any(rules.intersection(side.rules) for side in conflict.sides):
                told = f"{plain(self.say(conflict.title))}{self.say(words.COLON)}{plain(self.say(conflict.text))}"
                blocks.append(self.line(words.CONFLICT, told))
        return "\n\n".join(blocks)

    def passages(self, passages: Sequence[PassageView]) -> str:
        """Return passages as quotes, each with its document."""
        return "\n\n".join(f"{self._quote(one)}\n> — {self.document(one.document)}" for one in passages)

    def translated(self, passage: PassageView) -> str | None:
        """Return what stands beside a quote in English, labelled; None in Chinese and where there is no gloss."""
        return translation(passage, self._language)

    def _quote(self, passage: PassageView) -> str:
        english = self.translated(passage)
        return quoted(passage.quote) if english is None else f"{quoted(passage.quote)}\n>\n{quoted(english)}"

    def title(self, identity: str) -> Text:
        """Return the title of a document."""
        document = self._knowledge.documents[identity]
        return Text(document.title or document.title_en, document.title_en)

    def document(self, identity: str) -> str:
        """Return the title of a document as Markdown, with whom it is for where that is restricted."""
        title = self.say(self.title(identity))
        limited = self._knowledge.documents[identity].audience == "health-professionals-only"
        return plain(f"《{title}》" if self._language == "zh" else title) + (
            f" ({self.say(words.PROFESSIONALS_ONLY)})" if limited else ""
        )

    def remark(self, remark: FlagView | NoteView) -> str:
        """Return a remark as a paragraph."""
        return f"{self.say(words.REMARK)}{self.say(words.COLON)}{plain(self.say(remark))} ({remark.id})"

    def _ground(self, ground: Ground, told: Container[str]) -> str:
        """Return a ground without the remarks that are ``told`` before it."""
        between, colon = self.say(words.BETWEEN), self.say(words.COLON)
        strength = plain(self.say(ground.strength))
        about = [ground.rule, f"{self.say(words.WORDING)}“{strength}”", self.say(LEVELS[ground.evidence.level])]
        if ground.evidence.cites is not None:
            about.append(plain(self.say(ground.evidence.cites)))
        if ground.label is not None:
            about.append(plain(self.say(ground.label)))
        blocks = [f"{plain(self.say(ground.text))} ({between.join(about)})", self.passages(ground.passages)]
        if phrases := self._facts.grounds(ground, self._language):
            told = ("；" if self._language == "zh" else "; ").join(plain(phrase) for phrase in phrases)
            blocks.append(f"{self.say(words.FACTS)}{colon}{told}")
        records = list(self._records(ground.because))
        if records:
            shown = between.join(plain(record) for record in records[:_MOST_RECORDS])
            more = f" … (+{len(records) - _MOST_RECORDS})" if len(records) > _MOST_RECORDS else ""
            blocks.append(f"{self.say(words.RECORDS)}{colon}{shown}{more}")
        for label, text in ((words.READING, ground.reading), (words.NOT_SAID, ground.not_said)):
            if text is not None:
                blocks.append(f"{self.say(label)}{colon}{plain(self.say(text))}")
        remarks: list[FlagView | NoteView] = [*ground.flags, *(one for one in ground.notes if one.id not in told)]
        blocks.extend(map(self.remark, remarks))
        return "\n\n".join(blocks)

    def _records(self, because: Sequence[Because]) -> Iterator[str]:
        told: set[str] = set()
        for reason in because:
            for record in self._sources.get(reason.fact, ()):
                if record not in told:
                    told.add(record)
                    yield record
