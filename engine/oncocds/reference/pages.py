"""The knowledge for readers: each rule with its condition in prose and its passages, each document with its rules."""

from __future__ import annotations

from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, JsonValue

from oncocds.advice.result import (
    AudienceView,
    Bilingual,
    EvidenceView,
    FlagView,
    NoteView,
    PassageView,
    RecipientView,
    StrengthView,
)
from oncocds.advice.views import bilingual, note_view, rule_views
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Kind, Rule, Urgency
from oncocds.language.prose import prose
from oncocds.language.tree import Condition
from oncocds.language.unparse import unparse
from oncocds.reference.ledger import DocumentLedger, LedgerTotals, SentencePage, document_ledgers
from oncocds.text import Language


class Page(BaseModel):
    """Base of what readers see: immutable."""

    model_config = ConfigDict(frozen=True)


class ExtensionPage(Page):
    """The declared second arm of a rule and the policy switch that opens it."""

    policy: str
    scope: Literal["any tumour", "same"]
    label: Bilingual
    condition: Bilingual


class RaisedPage(Page):
    """When a rule is more urgent, or says it in stronger words; null is what stays as it is."""

    condition: Bilingual
    urgency: Urgency | None
    strength: StrengthView | None


class ConceptPage(Page):
    """A condition with a name, as rules speak of it."""

    id: str
    title: Bilingual
    condition: Bilingual


class RulePage(Page):
    """One rule as a reader checks it against its passage."""

    id: str
    revision: int
    document: str
    kind: Kind
    urgency: Urgency | None
    action: str | None
    title: Bilingual
    text: Bilingual
    tumours: list[str]
    condition: Bilingual | None
    when: JsonValue
    extended_by: ExtensionPage | None
    raised: list[RaisedPage]
    strength: StrengthView
    evidence: EvidenceView
    audience: AudienceView
    recipients: list[RecipientView]
    reading: Bilingual | None
    not_said: Bilingual | None
    passages: list[PassageView]
    flags: list[FlagView]
    notes: list[NoteView]
    supports: list[str]
    supported_by: list[str]


class DocumentSummary(Page):
    """A source document without its text; null is what the document does not say of itself.

    ``totals`` counts its sentences by what becomes of them.
    """

    id: str
    title: Bilingual
    author: str | None
    signed_as: str | None
    date: str | None
    publisher: str | None
    audience: str
    patient_education: bool
    sha256: str
    rules: list[str]
    totals: LedgerTotals


class DocumentPassage(Page):
    """A passage of a document, what it says in English (a translation, no source) and the rules that rest on it."""

    start: int
    end: int
    quote: str
    gloss: str | None = None
    rules: list[str]


class DocumentPage(DocumentSummary):
    """A source document with its text, its passages and its ledger: what becomes of every sentence."""

    text: str
    passages: list[DocumentPassage]
    sentences: list[SentencePage]


class Reference:
    """The pages of one knowledge, made once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._view = rule_views(knowledge)
        self.concepts = {
            identity: ConceptPage(id=identity, title=bilingual(concept.title), condition=self._prose(concept.when))
            for identity, concept in knowledge.concepts.items()
        }
        self.rules = {rule.id: self._rule(rule) for rule in knowledge.rules.values()}
        self.documents = {
            identity: self._document(identity, ledger) for identity, ledger in document_ledgers(knowledge).items()
        }

    def _prose(self, condition: Condition) -> Bilingual:
        def name(identity: str, language: Language) -> str:
            concept = self._knowledge.concepts.get(identity)
            if concept is not None:
                return f"{concept.title.in_(language)} [{identity}]"
            return f"{self._knowledge.rules[identity].title.in_(language)} [{identity}]"

        vocabulary = self._knowledge.vocabulary
        return Bilingual(
            zh=prose(condition, vocabulary, "zh", lambda identity: name(identity, "zh")),
            en=prose(condition, vocabulary, "en", lambda identity: name(identity, "en")),
        )

    def _rule(self, rule: Rule) -> RulePage:
        knowledge = self._knowledge
        view = self._view(rule.id)
        extension = rule.extension
        return RulePage(
            id=rule.id,
            revision=rule.revision,
            document=rule.document,
            kind=rule.kind,
            urgency=rule.urgency,
            action=rule.action,
            title=bilingual(rule.title),
            text=view.text,
            tumours=list(rule.tumours),
            condition=None if rule.when is None else self._prose(rule.when),
            when=None if rule.when is None else cast(JsonValue, unparse(rule.when)),
            extended_by=None
            if extension is None
            else ExtensionPage(
                policy=extension.policy,
                scope="any tumour" if extension.any_tumour else "same",
                label=bilingual(extension.label),
                condition=self._prose(extension.when),
            ),
            raised=[
                RaisedPage(condition=self._prose(one.when), urgency=one.urgency, strength=strength)
                for one, strength in zip(rule.raised, view.raised, strict=True)
            ],
            strength=view.strength,
            evidence=view.evidence,
            audience=view.audience,
            recipients=view.recipients,
            reading=view.reading,
            not_said=view.not_said,
            passages=view.passages,
            flags=view.flags,
            notes=[note_view(note) for note in knowledge.notes_of(rule)],
            supports=list(rule.supports),
            supported_by=[other.id for other in knowledge.rules.values() if rule.id in other.supports],
        )

    def _document(self, identity: str, ledger: DocumentLedger) -> DocumentPage:
        document = self._knowledge.documents[identity]
        places: dict[tuple[int, int], tuple[str | None, list[str]]] = {}
        for rule, passages in self._knowledge.passages.items():
            for passage in passages:
                if passage.document == identity:
                    places.setdefault((passage.start, passage.end), (passage.gloss, []))[1].append(rule)
        return DocumentPage(
            id=document.id,
            title=Bilingual(zh=document.title or document.title_en, en=document.title_en),
            author=document.author,
            signed_as=document.signed_as,
            date=document.date,
            publisher=document.publisher,
            audience=document.audience,
            patient_education=document.patient_education,
            sha256=document.sha256,
            rules=[rule.id for rule in self._knowledge.rules.values() if rule.document == identity],
            totals=ledger.totals,
            text=document.text,
            passages=[
                DocumentPassage(start=start, end=end, quote=document.text[start:end], gloss=gloss, rules=rules)
                for (start, end), (gloss, rules) in sorted(places.items())
            ],
            sentences=ledger.sentences,
        )
