"""Cards: one for each action that is to be shown, in the order of the answer, and what a clinician can say to it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.advice.first import Line
from oncocds.advice.result import AdviceItem, Evaluation, Notice, PassageView
from oncocds.knowledge.models import Urgency
from oncocds.text import Text
from oncocds_api.cds import words
from oncocds_api.cds.detail import Details
from oncocds_api.cds.markdown import plain
from oncocds_api.cds.models import EXTENSION, Card, CardLink, CardSource, CdsCoding, Suggestion
from oncocds_api.feedback.reasons import OVERRIDE_REASONS
from oncocds_api.reference.documents import passage_id

LONGEST_SUMMARY = 139
_MOST_LINKS = 12
_SYSTEM = "https://oncocds.example/cds/"


@dataclass(frozen=True)
class Maker:
    """Makes the cards of one evaluation."""

    evaluation: Evaluation
    details: Details
    base_url: str
    decision: str | None = None

    def card(self, item: AdviceItem, suggestions: Sequence[Suggestion] = ()) -> Card:
        """Return the card of an item of advice."""
        active = [ground for ground in item.grounds if ground.status == "active"]
        lead = active[0].passages
        title = self.details.say(item.title)
        extension: dict[str, Any] = {
            "action": item.action,
            "rules": [ground.rule for ground in active],
            "grounds": [
                {
                    "rule": ground.rule,
                    "revision": ground.revision,
                    "strength": ground.strength.reading,
                    "evidence": ground.evidence.level,
                    "origin": ground.origin,
                }
                for ground in active
            ],
        }
        if item.lesion is not None:
            extension["lesion"] = item.lesion
        return self._card(
            title if item.lesion is None else f"{title} [{self.details.say(self.evaluation.lesion(item.lesion))}]",
            self.details.item(item),
            item.urgency,
            self._source(lead, item.tier),
            extension,
            suggestions=list(suggestions) or None,
            selectionBehavior="any" if suggestions else None,
            overrideReasons=[
                CdsCoding(code=code, system=f"{_SYSTEM}override-reasons", display=self.details.say(display))
                for code, display in OVERRIDE_REASONS.items()
            ],
            links=self._links([one for ground in active for one in ground.passages], extension["rules"]) or None,
        )

    def notice(self, notice: Notice) -> Card:
        """Return the card of a remark on the whole case."""
        text = self.details.say(notice.text)
        quotes = self.details.passages(notice.passages)
        detail, source = "\n\n".join(filter(None, (plain(text), quotes))), self._source(notice.passages, "notice")
        links = self._links(notice.passages, ()) or None
        return self._card(text, detail, notice.urgency, source, {"notice": notice.id}, links=links)

    def widened(self, card: Card, summary: str, detail: str, line: Line) -> Card:
        """Return the card of an item for a line that speaks of more than that item."""
        told = {**(card.extension or {})[EXTENSION], "rules": line.rules}
        told["items"] = _held([line])
        update = {
            "summary": shortened(summary),
            "detail": detail,
            "indicator": line.urgency,
            "extension": {EXTENSION: told},
        }
        return card.model_copy(update=update)

    def line(self, line: Line, summary: str, detail: str, passages: Sequence[PassageView]) -> Card:
        """Return the card of a line that is no item: what waits for an answer, or data that are in conflict."""
        rules = {"rules": line.rules} if line.rules else {}
        quotes = self.details.passages(list({(one.document, one.start): one for one in passages}.values()))
        detail, source = "\n\n".join(filter(None, (detail, quotes))), self._source(passages, "question")
        links = self._links(passages, line.rules) or None
        return self._card(summary, detail, line.urgency, source, {line.kind: line.ref, **rules}, links=links)

    def more(self, urgency: Urgency, summary: str, detail: str, lines: Sequence[Line]) -> Card:
        """Return the one card that counts and names what has no card of its own."""
        return self._card(summary, detail, urgency, self._source((), "notice"), {"more": _held(lines)})

    def data(self, summary: str, detail: str, facts: Sequence[str], urgency: Urgency = "info") -> Card:
        """Return the one card about data: what is missing, and what could not be read."""
        extension: dict[str, Any] = {"questions": list(facts)} if facts else {}
        return self._card(summary, detail, urgency, self._source((), "question"), extension)

    def identity(self) -> dict[str, Any]:
        """Return what is needed to get the same answer again, and to find its record."""
        found = self.evaluation
        return {
            "engine": found.engine,
            "knowledge": found.knowledge.model_dump(),
            "policy_digest": found.policy.digest,
            "input_digest": found.input_digest,
            "as_of": found.as_of,
            **({} if self.decision is None else {"decision_id": self.decision}),
        }

    def _card(
        self, summary: str, detail: str, urgency: Urgency, source: CardSource, extension: dict[str, Any], **more: Any
    ) -> Card:
        return Card(
            uuid=str(uuid.uuid4()),
            summary=shortened(summary),
            detail=detail,
            indicator=urgency,
            source=source,
            extension={EXTENSION: {**extension, **self.identity()}},
            **more,
        )

    def _source(self, passages: Sequence[PassageView], topic: str) -> CardSource:
        coding = CdsCoding(code=topic, system=f"{_SYSTEM}topics", display=self.details.say(words.TOPICS[topic]))
        if not passages:
            return CardSource(label=self.details.say(words.SERVICE), url=f"{self.base_url}/", topic=coding)
        document = passages[0].document
        label = self.details.say(self.details.title(document))
        return CardSource(label=label, url=f"{self.base_url}/documents/{document}", topic=coding)

    def _links(self, passages: Sequence[PassageView], rules: Sequence[str]) -> list[CardLink]:
        found: dict[str, str] = {}
        for passage in passages:
            url = f"{self.base_url}/documents/{passage.document}#{passage_id(passage.start, passage.end)}"
            english = self.details.translated(passage)
            quote = _short(passage.quote) if english is None else f"{_short(passage.quote)} ({_short(english, 80)})"
            found.setdefault(url, self._label(words.PASSAGE, quote))
        for rule in rules:
            found.setdefault(f"{self.base_url}/rules/{rule}", self._label(words.RULE, rule))
        return [CardLink(label=label, url=url) for url, label in list(found.items())[:_MOST_LINKS]]

    def _label(self, kind: Text, content: str) -> str:
        return f"{self.details.say(kind)}{self.details.say(words.COLON)}{content}"


def _short(said: str, most: int = 40) -> str:
    """Return the begin of what is said, in one line."""
    return " ".join((said if len(said) <= most else said[: most - 1] + "…").split())


def _held(lines: Sequence[Line]) -> list[dict[str, str]]:
    """Return what lines stand for; a card holds nothing that is null."""
    return [
        {name: value for name, value in vars(one).items() if value is not None} for line in lines for one in line.covers
    ]


def shortened(summary: str) -> str:
    """Return a summary of less than 140 characters, in one line."""
    line = " ".join(summary.split())
    return line if len(line) <= LONGEST_SUMMARY else line[: LONGEST_SUMMARY - 1] + "…"
