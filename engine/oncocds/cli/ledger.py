"""``oncocds ledger``: what becomes of every sentence, as text for a terminal or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from oncocds.cli.refused import Refused
from oncocds.engine import load_bundled_or
from oncocds.errors import KnowledgeError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.ledger import DISPOSITIONS, ledger_issues
from oncocds.reading.nearest import suggestion
from oncocds.reference.ledger import DocumentLedger, LedgerTotals, SentencePage, document_ledgers, sum_of
from oncocds.text import Language, Text

DOES_NOT_ADD_UP = 1
_WORDS = {
    "sentences": Text("句", "sentences"),
    "rule": Text("规则", "rule"),
    "evidence": Text("佐证", "evidence"),
    "background": Text("背景", "background"),
    "furniture": Text("页面", "furniture"),
    "unaccounted": Text("未交代", "unaccounted"),
    "total": Text("合计", "total"),
    "for": Text("支持", "for"),
}


def print_ledger(directory: Path | None, document: str | None, language: Language, *, as_json: bool) -> int:
    """Print the ledger of one document, or the totals of all, and what does not add up; return the exit code."""
    try:
        knowledge = load_bundled_or(directory)
    except KnowledgeError as error:  # a quote that does not resolve among others: here it is a finding
        for issue in error.issues:
            print(issue, file=sys.stderr)
        return DOES_NOT_ADD_UP
    if document is not None and document not in knowledge.documents:
        hint = f"known here: {', '.join(knowledge.documents)}{suggestion(document, knowledge.documents)}"
        raise Refused(f"no document '{document}'; {hint}")
    ledgers = [one for one in document_ledgers(knowledge).values() if document in (None, one.document)]
    if as_json:
        print(json.dumps(_plain(knowledge, ledgers), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_text(ledgers, language, sentences=document is not None)))
    return _report(knowledge, document)


def _report(knowledge: Knowledge, document: str | None) -> int:
    issues = ledger_issues(knowledge)
    if document is not None:
        own = (f"seeds/{knowledge.documents[document].file}", f"rules/ledger/{document}.yaml", f"rules/{document}/")
        issues = [issue for issue in issues if issue.path.startswith(own)]
    for issue in issues:
        print(issue, file=sys.stderr)
    return DOES_NOT_ADD_UP if issues else 0


def _plain(knowledge: Knowledge, ledgers: Sequence[DocumentLedger]) -> dict[str, object]:
    return {
        "knowledge": {"version": knowledge.version, "digest": knowledge.digest},
        "totals": sum_of([one.totals for one in ledgers]).model_dump(),
        "documents": [one.model_dump(mode="json") for one in ledgers],
    }


def _text(ledgers: Sequence[DocumentLedger], language: Language, *, sentences: bool) -> Iterator[str]:
    if sentences:
        for one in ledgers:
            yield from (_sentence(sentence, language) for sentence in one.sentences)
    for one in ledgers:
        yield _line(one.document, one.totals, language)
    if len(ledgers) > 1:
        yield _line(_say("total", language), sum_of([one.totals for one in ledgers]), language)


def _sentence(page: SentencePage, language: Language) -> str:
    by = [*page.rules, *page.evidence]
    if page.evidence_for:
        by.append(f"→ {', '.join(page.evidence_for)}")
    reason = "" if page.reason is None or by else page.reason.in_(language)
    return f"{page.id}\t{_say(page.disposition, language)}\t{page.text}\t{' '.join(by) or reason}"


def _line(name: str, totals: LedgerTotals, language: Language) -> str:
    counts = "  ".join(f"{_say(word, language)} {getattr(totals, word)}" for word in ("sentences", *DISPOSITIONS))
    return f"{name}: {counts}"


def _say(word: str, language: Language) -> str:
    return _WORDS[word].in_(language)
