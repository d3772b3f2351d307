"""The ledger: every sentence of every document is accounted for — by the rules that quote it, or by a reason.

What rules rest on follows from their passages; a ledger file (``rules/ledger/<document>.yaml``) says of each other
sentence why no rule does. A sentence that both or neither account for is an issue with its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from oncocds.errors import Issue
from oncocds.knowledge.documented import LedgerEntry
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Rule
from oncocds.reading.marks import Mark, issue_in
from oncocds.reading.nearest import suggestion
from oncocds.sources.documents import Document
from oncocds.sources.sentences import Sentence, sentences, sentences_at
from oncocds.text import Text

Disposition = Literal["rule", "evidence", "background", "furniture", "unaccounted"]
DISPOSITIONS: tuple[Disposition, ...] = ("rule", "evidence", "background", "furniture", "unaccounted")
_SHOWN = 20  # code points of a sentence that an issue shows


@dataclass(frozen=True, slots=True)
class Account:
    """What becomes of one sentence.

    ``rules`` are the rules that state what it says, ``evidence`` the evidence notes that quote it, ``evidence_for`` the
    rules it supports: those the notes travel with, and those that quote it as support themselves. ``reason`` says why
    no rule states it; None where one does, or where nobody has said.
    """

    sentence: Sentence
    text: str
    disposition: Disposition
    rules: tuple[str, ...]
    evidence: tuple[str, ...]
    evidence_for: tuple[str, ...]
    reason: Text | None


def ledger(knowledge: Knowledge) -> dict[str, tuple[Account, ...]]:
    """Return the account of every sentence, by document, in reading order."""
    quoting = _quoting(knowledge)
    return {
        document.id: tuple(
            _account(knowledge, document, sentence, quoting.get((document.id, sentence.id), {}))
            for sentence in sentences(document.text)
        )
        for document in knowledge.documents.values()
    }


def ledger_issues(knowledge: Knowledge) -> list[Issue]:
    """Return what does not add up, sorted by place.

    That is: a sentence nothing accounts for, a rule no sentence states, a ledger entry for a sentence that is quoted,
    that stands twice, or that the document does not have.
    """
    found = [*_unaccounted(knowledge), *_entries(knowledge), *_rules(knowledge)]
    return sorted(found, key=lambda issue: (issue.path, issue.line, issue.column, issue.message))


def _quoting(knowledge: Knowledge) -> Mapping[tuple[str, str], dict[str, bool]]:
    """Return by sentence the rules that quote it, each with whether it states what it quotes."""
    quoting: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for rule, passages in knowledge.passages.items():
        for passage in passages:
            text = knowledge.documents[passage.document].text
            for sentence in sentences_at(text, passage.start, passage.end):
                of_sentence = quoting[passage.document, sentence.id]
                of_sentence[rule] = of_sentence.get(rule, False) or passage.role == "states"
    return quoting


def _account(knowledge: Knowledge, document: Document, sentence: Sentence, quoting: Mapping[str, bool]) -> Account:
    rules = knowledge.rules
    firing = [rule for rule in quoting if rules[rule].kind != "evidence"]
    stating = [rule for rule in firing if quoting[rule]]
    supported = [rule for rule in firing if not quoting[rule]]
    notes = [rule for rule in quoting if rules[rule].kind == "evidence"]
    entry = next((one for one in knowledge.ledger.get(document.id, ()) if one.sentence == sentence.id), None)
    disposition: Disposition = "unaccounted"
    reason: Text | None = None
    if stating:
        disposition = "rule"
    elif quoting:
        disposition, reason = "evidence", _evidence(rules, notes, supported)
    elif entry is not None:
        disposition, reason = entry.disposition, entry.reason
    carried = [rule for note in notes for rule in rules[note].supports]
    return Account(
        sentence=sentence,
        text=document.text[sentence.start : sentence.end],
        disposition=disposition,
        rules=tuple(stating),
        evidence=tuple(notes),
        evidence_for=tuple(dict.fromkeys([*supported, *carried])),
        reason=reason,
    )


def _evidence(rules: Mapping[str, Rule], notes: list[str], supported: list[str]) -> Text:
    zh = [f"佐证说明{note}（{rules[note].title.zh}）" for note in notes] + [f"为{rule}提供支持" for rule in supported]
    en = [f"evidence note {note} ({rules[note].title.en})" for note in notes] + [
        f"supports {rule}" for rule in supported
    ]
    return Text("；".join(zh), "; ".join(en))


def _unaccounted(knowledge: Knowledge) -> Iterator[Issue]:
    for identity, accounts in ledger(knowledge).items():
        document = knowledge.documents[identity]
        for account in accounts:
            if account.disposition == "unaccounted":
                start = account.sentence.start
                line = document.text.count("\n", 0, start) + 1
                column = start - document.text.rfind("\n", 0, start)
                message = (
                    f"sentence {account.sentence.id} “{_begin(account.text)}” is accounted for by nothing; "
                    f"quote it in a rule, or say why not in rules/ledger/{identity}.yaml"
                )
                yield Issue(f"seeds/{document.file}", line, column, message)


def _entries(knowledge: Knowledge) -> Iterator[Issue]:
    quoting = _quoting(knowledge)
    for identity, entries in knowledge.ledger.items():
        text = knowledge.documents[identity].text
        known = {sentence.id: text[sentence.start : sentence.end] for sentence in sentences(text)}
        first: dict[str, Mark] = {}
        for entry in entries:
            by = quoting.get((identity, entry.sentence))
            for message in _wrong(entry, known, by or {}):
                yield entry.mark.issue(message)
            other = first.setdefault(entry.sentence, entry.mark)
            if other is not entry.mark:
                yield entry.mark.issue(f"sentence {entry.sentence} stands in line {other.line} too; each sentence once")


def _wrong(entry: LedgerEntry, known: Mapping[str, str], quoting: Mapping[str, bool]) -> Iterator[str]:
    words = known.get(entry.sentence)
    if words is None:
        hint = _elsewhere(entry, known) or suggestion(entry.sentence, known)
        yield f"{entry.document} has no sentence {entry.sentence}{hint}"
    elif words != entry.text:
        wrong = f"sentence {entry.sentence} of {entry.document} reads “{_begin(words)}”, not “{_begin(entry.text)}”"
        yield f"{wrong}{_elsewhere(entry, known)}"
    elif quoting:
        yield f"sentence {entry.sentence} is quoted by {', '.join(quoting)}; take it out of the ledger"


def _elsewhere(entry: LedgerEntry, known: Mapping[str, str]) -> str:
    same = [sentence for sentence, words in known.items() if words == entry.text]
    return f"; these words are sentence {same[0]}" if same else ""


def _rules(knowledge: Knowledge) -> Iterator[Issue]:
    for rule in knowledge.rules.values():
        if not any(
            passage.role == "states" and passage.document == rule.document for passage in knowledge.passages[rule.id]
        ):
            yield issue_in(rule.path, rule.mark, f"{rule.id} rests on no sentence of {rule.document}")


def _begin(words: str) -> str:
    return words if len(words) <= _SHOWN else words[:_SHOWN] + "…"
