"""The ledger for readers: each sentence of a document and what becomes of it, with totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from oncocds.advice.result import Bilingual
from oncocds.advice.views import bilingual
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.ledger import DISPOSITIONS, Account, Disposition, ledger


class SentencePage(BaseModel):
    """One sentence: which rules state it, what it is evidence for, or why no rule rests on it.

    ``start`` and ``end`` are code-point offsets into the document's text; ``id`` is line and sentence within the line.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    start: int
    end: int
    text: str
    disposition: Disposition
    rules: list[str]
    evidence: list[str]
    evidence_for: list[str]
    reason: Bilingual | None


class LedgerTotals(BaseModel):
    """How many sentences of a document there are, by what becomes of them."""

    model_config = ConfigDict(frozen=True)

    sentences: int
    rule: int
    evidence: int
    background: int
    furniture: int
    unaccounted: int


class DocumentLedger(BaseModel):
    """The ledger of one document."""

    model_config = ConfigDict(frozen=True)

    document: str
    totals: LedgerTotals
    sentences: list[SentencePage]


def document_ledgers(knowledge: Knowledge) -> dict[str, DocumentLedger]:
    """Return the ledgers of all documents by id."""
    return {
        identity: DocumentLedger(
            document=identity,
            totals=_totals(account.disposition for account in accounts),
            sentences=[_sentence(account) for account in accounts],
        )
        for identity, accounts in ledger(knowledge).items()
    }


def sum_of(totals: Sequence[LedgerTotals]) -> LedgerTotals:
    """Return the totals of several documents together."""
    return LedgerTotals(
        **{name: sum(getattr(one, name) for one in totals) for name in LedgerTotals.model_fields},
    )


def _totals(dispositions: Iterable[Disposition]) -> LedgerTotals:
    counts = Counter(dispositions)
    return LedgerTotals(
        sentences=counts.total(),
        **{disposition: counts[disposition] for disposition in DISPOSITIONS},
    )


def _sentence(account: Account) -> SentencePage:
    return SentencePage(
        id=account.sentence.id,
        start=account.sentence.start,
        end=account.sentence.end,
        text=account.text,
        disposition=account.disposition,
        rules=list(account.rules),
        evidence=list(account.evidence),
        evidence_for=list(account.evidence_for),
        reason=None if account.reason is None else bilingual(account.reason),
    )
