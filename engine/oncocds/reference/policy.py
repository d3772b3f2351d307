"""The site's policy for readers: each setting with its value, what it does, and what stays open without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from oncocds.advice.grounds import LOCAL_POLICY
from oncocds.advice.result import Bilingual, KnowledgeId, LabelledFact, Origin
from oncocds.advice.views import bilingual
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Rule
from oncocds.language import references
from oncocds.language.tree import Condition
from oncocds.profile.freshness import date_of
from oncocds.profile.policy import Policy, policy_digest
from oncocds.profile.reading import read_policy
from oncocds.text import Text
from oncocds.vocabulary.models import Field, FieldType
from oncocds.vocabulary.reads import facts_read

_PREFIX = "policy."
_AGE = "policy.result_age_months"


class Page(BaseModel):
    """Base of what readers see: immutable."""

    model_config = ConfigDict(frozen=True)


class RuleName(Page):
    """A rule that a setting bears on."""

    id: str
    title: Bilingual


class SettingLabel(Page):
    """How a ground that a setting brought about is labelled; ``rules`` are those with this label."""

    origin: Origin
    label: Bilingual
    rules: list[str]


class SettingPage(Page):
    """One setting of the policy; ``safety`` marks those that on a server only the site's own policy changes.

    ``shipped`` is the value the knowledge comes with, ``effective`` the one in force; null is unset. ``effect`` says
    what it does where it is set (a switch: on), ``without`` what stays undetermined (or off) where it is not.
    ``derived`` are the derived facts that may read it, ``rules`` the rules whose verdict may depend on it, directly or
    through those; ``words`` what only shows more or less by it: texts of rules, notes, precedence and conflicts.
    """

    name: str
    label: Bilingual
    kind: Literal["threshold", "choice", "switch"]
    safety: bool
    type: FieldType
    unit: str | None
    shipped: bool | int | float | None
    effective: bool | int | float | None
    effect: Bilingual
    without: Bilingual
    derived: list[LabelledFact]
    rules: list[RuleName]
    words: list[str]
    labels: list[SettingLabel]


class PolicyPage(Page):
    """The policy in force at a site, before any request lays its own over it. ``digest`` is that of its values."""

    knowledge: KnowledgeId
    digest: str
    settings: list[SettingPage]


def policy_page(knowledge: Knowledge, policy: Policy) -> PolicyPage:
    """Describe every setting; ``policy`` is the one in force."""
    shipped = read_policy(knowledge.policy, knowledge.vocabulary)
    settings = _Settings(knowledge)
    return PolicyPage(
        knowledge=KnowledgeId(version=knowledge.version, digest=knowledge.digest),
        digest=policy_digest(policy),
        settings=[
            settings.page(name, getattr(shipped, name), getattr(policy, name)) for name in type(policy).model_fields
        ],
    )


class _Settings:
    """What reads which setting, found once for all of them."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._of_derived = facts_read(knowledge.vocabulary)
        self._known: dict[str, frozenset[str]] = {}
        self._rules = {rule: self._read(condition) for rule, condition in knowledge.conditions.items()}
        self._words = [(name, self._read(condition)) for name, condition in _shaping(knowledge)]

    def page(self, name: str, shipped: float | None, effective: float | None) -> SettingPage:
        """Return the page of one setting."""
        fact = _PREFIX + name
        field = self._knowledge.vocabulary.fields[fact]
        rules = [self._knowledge.rules[rule] for rule, read in self._rules.items() if fact in read]
        return SettingPage(
            name=name,
            label=bilingual(field.label),
            kind="switch" if field.is_switch else "choice" if field.type == "boolean" else "threshold",
            safety=field.safety,
            type=field.type,
            unit=field.unit,
            shipped=shipped,
            effective=effective,
            effect=bilingual(_said(field.effect)),
            without=bilingual(_said(field.description)),
            derived=[
                LabelledFact(fact=derived, label=bilingual(self._field(derived).label))
                for derived in self._of_derived
                if fact in self._of_fact(derived)
            ],
            rules=[RuleName(id=rule.id, title=bilingual(rule.title)) for rule in rules],
            words=list(dict.fromkeys([*(words for words, read in self._words if fact in read), *self._due(fact)])),
            labels=list(_labels(name, rules)),
        )

    def _due(self, fact: str) -> Iterator[str]:
        """Yield the rules beside which it is said when something is due by an interval."""
        for one in self._knowledge.vocabulary.monitoring.values():
            yield from one.rules if one.every == fact else ()

    def _field(self, fact: str) -> Field:
        return self._knowledge.vocabulary.fields[fact]

    def _read(self, condition: Condition) -> frozenset[str]:
        """Return the settings that a condition reads, directly, by derived facts, concepts or other rules."""
        read: set[str] = set()
        for fact in references.facts(condition):
            read.update([fact] if fact.startswith(_PREFIX) else self._of_fact(fact))
        for concept in references.concepts(condition):
            read |= self._once(f"holds {concept}", self._knowledge.concept_condition(concept))
        for rule in references.rules(condition):
            read |= self._once(f"fired {rule}", self._knowledge.rule_condition(rule))
        return frozenset(read)

    def _of_fact(self, fact: str) -> frozenset[str]:
        """Return the settings that what is known of a fact may rest on; of results, how old they may be."""
        read = self._of_derived.get(fact, frozenset())
        settings = frozenset(one for one in read if one.startswith(_PREFIX))
        return settings | {_AGE} if any(date_of(one) is not None for one in (fact, *read)) else settings

    def _once(self, name: str, condition: Condition) -> frozenset[str]:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._read(condition)
        return known


def _shaping(knowledge: Knowledge) -> Iterator[tuple[str, Condition]]:
    """Yield the conditions that decide no verdict, with the name of what they show or hide."""
    for rule in knowledge.rules.values():
        yield from ((rule.id, piece.when) for pieces in rule.slots.values() for piece in pieces)
        if rule.attach_when is not None:
            yield rule.id, rule.attach_when
    for remark in knowledge.notes.values():
        if remark.when is not None:
            yield remark.id, remark.when
    for entry in knowledge.precedence:
        if entry.when is not None:
            yield entry.id, entry.when
    for dispute in knowledge.conflicts:
        yield dispute.id, dispute.when


def _labels(name: str, rules: Iterable[Rule]) -> Iterator[SettingLabel]:
    """Yield how grounds are labelled: where a switch opens an arm by the rule's own words, else as local policy."""
    of_label: dict[Text, list[str]] = {}
    local: list[str] = []
    for rule in rules:
        if rule.extension is not None and rule.extension.policy == name:
            of_label.setdefault(rule.extension.label, []).append(rule.id)
        else:
            local.append(rule.id)
    for label, named in of_label.items():
        yield SettingLabel(origin="extrapolated", label=bilingual(label), rules=named)
    if local:
        yield SettingLabel(origin="local policy", label=LOCAL_POLICY, rules=local)


def _said(text: Text | None) -> Text:
    assert text is not None, "the vocabulary demands these words of every setting"
    return text
