"""The parts of an answer that never change between patients, each built once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import get_args

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
from oncocds.knowledge.audience import Audience, audience
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Note, Rule, Wording
from oncocds.sources.passages import Passage
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_SLOT = re.compile(r"\{(\w+)\}")
_ADDED = re.compile(r"(?:(?<=[。.])|^) ?(?:\{\w+\} ?)+$")  # slots that end a text, after a whole sentence


def bilingual(text: Text) -> Bilingual:
    """Return a text of the knowledge as a part of the answer."""
    return Bilingual.of(zh=text.zh, en=text.en)


def passage_view(passage: Passage) -> PassageView:
    """Return a resolved passage as a part of the answer."""
    return PassageView(
        document=passage.document,
        quote=passage.quote,
        start=passage.start,
        end=passage.end,
        sentence=passage.sentence,
        role=passage.role,
        gloss=passage.gloss,
    )


def translation(passage: PassageView, language: Language) -> str | None:
    """Return what stands under a quote in English, labelled; None in Chinese and where there is no gloss."""
    return f"translation: {passage.gloss}" if language == "en" and passage.gloss is not None else None


def note_view(remark: Note, text: Text | Bilingual | None = None) -> NoteView:
    """Return a note as a part of the answer, in its own words or in ``text``."""
    words = text or remark.text
    return NoteView.of(
        id=remark.id,
        zh=words.zh,
        en=words.en,
        origin=remark.origin,
        status=remark.status,
        urgency=remark.urgency,
    )


@dataclass(frozen=True, slots=True)
class RuleView:
    """What every ground of one rule shows, whoever the patient."""

    rule: Rule
    text: Bilingual
    strength: StrengthView
    raised: list[StrengthView | None]
    evidence: EvidenceView
    passages: list[PassageView]
    reading: Bilingual | None
    not_said: Bilingual | None
    flags: list[FlagView]
    label: Bilingual | None
    audience: AudienceView
    recipients: list[RecipientView]

    def filled(self, pieces: dict[str, list[Text]]) -> Bilingual:
        """Return the rule's text with its slots filled; an empty slot leaves no trace."""
        return Bilingual.of(
            zh=_fill(self.rule.then.zh, {name: "、".join(text.zh for text in texts) for name, texts in pieces.items()}),
            en=_fill(self.rule.then.en, {name: ", ".join(text.en for text in texts) for name, texts in pieces.items()}),
        )


def for_nobody(text: Text | Bilingual, title: Text | Bilingual) -> Bilingual:
    """Return a rule's text as it is for nobody in particular: … where a patient's facts would stand.

    What only some patients are told after a sentence is left out; a rule that says nothing else is called by its title.
    """
    zh, en = _for_nobody(text.zh), _for_nobody(text.en)
    return Bilingual.of(zh=zh or title.zh, en=en or title.en)


def _for_nobody(template: str) -> str:
    return _SLOT.sub("…", _ADDED.sub("", template)).strip()


def _fill(template: str, words: dict[str, str]) -> str:
    return re.sub(r" {2,}", " ", _SLOT.sub(lambda match: words.get(match[1], ""), template)).strip()


def audience_views(vocabulary: Vocabulary) -> dict[Audience, AudienceView]:
    """Return every audience with its label."""
    members = vocabulary.value_sets["audience"].members
    return {code: AudienceView(code=code, **_words(members[code].label)) for code in get_args(Audience)}


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _strength(wording: Wording) -> StrengthView:
    return StrengthView(zh=wording.text.zh, en=wording.text.en, reading=wording.reading)


def rule_views(knowledge: Knowledge) -> Callable[[str], RuleView]:
    """Return what gives the view of a rule by its id; each is built when it is first asked for."""
    members = knowledge.vocabulary.value_sets["recipient"].members
    audiences = audience_views(knowledge.vocabulary)

    def recipient(code: str) -> RecipientView:
        return RecipientView(code=code, **_words(members[code].label))

    def flag(identity: str) -> FlagView:
        found = knowledge.flags[identity]
        return FlagView(id=found.id, zh=found.text.zh, en=found.text.en, contested=found.contested)

    @cache
    def view(identity: str) -> RuleView:
        rule = knowledge.rules[identity]
        return RuleView(
            rule=rule,
            text=bilingual(rule.then),
            strength=_strength(rule.strength),
            raised=[None if one.strength is None else _strength(one.strength) for one in rule.raised],
            evidence=EvidenceView(
                level=rule.evidence.level,
                cites=bilingual(rule.evidence.cites) if rule.evidence.cites else None,
            ),
            passages=[passage_view(passage) for passage in knowledge.passages[identity]],
            reading=bilingual(rule.reading) if rule.reading else None,
            not_said=bilingual(rule.not_said) if rule.not_said else None,
            flags=[flag(one) for one in rule.flags],
            label=bilingual(rule.extension.label) if rule.extension else None,
            audience=audiences[audience(rule, knowledge.documents[rule.document])],
            recipients=[recipient(one) for one in rule.recipients],
        )

    return view
