"""The rules as they are searched: by words, document, kind, action, and by any fact they rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import references
from oncocds.language.tree import Condition
from oncocds.profile.finding import ITEM_PATH
from oncocds.reference.pages import Reference, RulePage
from oncocds.text import Text
from oncocds.vocabulary.reads import facts_read
from oncocds_api.pages.form import form

_DERIVED = Text("由资料推得", "Derived facts")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought: words that all must occur, and a choice of each; an empty text seeks nothing."""

    q: str = ""
    document: str = ""
    kind: str = ""
    action: str = ""
    fact: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Sought:
        """Read it from the query of an address; what is not of it is left alone."""
        return cls(**{field.name: query.get(field.name, "").strip() for field in fields(cls)})

    @property
    def anything(self) -> bool:
        """Whether the list is narrowed at all."""
        return self != Sought()


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule with the text it is found by, and the facts it rests on: directly, by concepts, rules, derived facts."""

    rule: RulePage
    text: str
    facts: frozenset[str]

    def fits(self, sought: Sought) -> bool:
        """Tell whether it is among what is sought."""
        chosen = (
            sought.document in ("", self.rule.document)
            and sought.kind in ("", self.rule.kind)
            and sought.action in ("", self.rule.action)
        )
        named = not sought.fact or sought.fact in self.facts
        return chosen and named and all(word in self.text for word in sought.q.lower().split())


@dataclass(frozen=True, slots=True)
class FactChoice:
    """A fact that rules rest on, in words, and how many do."""

    name: str
    label: Text
    rules: int


class RuleIndex:
    """Every rule of one knowledge, and the facts to choose from, grouped as the form of a patient groups them."""

    def __init__(self, knowledge: Knowledge, reference: Reference) -> None:
        self._knowledge = knowledge
        self._of_derived = facts_read(knowledge.vocabulary)
        self._facts = {rule: frozenset(self._rests_on(condition)) for rule, condition in knowledge.conditions.items()}
        self.entries = [self._entry(page) for page in reference.rules.values()]
        self.groups = [(title, choices) for title, choices in self._groups() if choices]

    def known(self, sought: Sought) -> Sought:
        """Return what is sought without the choices there are not, as an old address may have them."""
        facts = {choice.name for _, choices in self.groups for choice in choices}
        return Sought(
            q=sought.q,
            document=sought.document if sought.document in self._knowledge.documents else "",
            kind=sought.kind if any(entry.rule.kind == sought.kind for entry in self.entries) else "",
            action=sought.action if sought.action in self._knowledge.actions else "",
            fact=sought.fact if sought.fact in facts else "",
        )

    def _entry(self, page: RulePage) -> Entry:
        facts = self._facts.get(page.id, frozenset())
        texts = [page.title, page.text, *([page.condition] if page.condition is not None else [])]
        words = [page.id, str(page.when or "")]
        words += [word for text in texts for word in (text.zh, text.en)]
        words += [passage.quote for passage in page.passages]
        words += [word for fact in sorted(facts) for word in (fact, self.label(fact).zh, self.label(fact).en)]
        return Entry(page, " ".join(words).lower(), facts)

    def _rests_on(self, condition: Condition) -> Iterator[str]:
        for fact in references.facts(condition):
            yield fact
            yield from self._of_derived.get(fact, ())
        for concept in references.concepts(condition):
            yield from self._rests_on(self._knowledge.concept_condition(concept))
        for rule in references.rules(condition):
            yield from self._rests_on(self._knowledge.rule_condition(rule))

    def concepts(self, rule: str) -> list[str]:
        """Return the concepts a rule speaks of, and those they speak of, each after what names it."""
        condition = self._knowledge.conditions.get(rule)
        found: dict[str, None] = {}
        waiting = [] if condition is None else [condition]
        for part in waiting:
            new = sorted(references.concepts(part) - set(found))
            found.update(dict.fromkeys(new))
            waiting += [self._knowledge.concept_condition(concept) for concept in new]
        return list(found)

    def label(self, fact: str) -> Text:
        """Return what a fact is called: one of an item with its list (and the item's id, where it is given)."""
        of_item = ITEM_PATH.fullmatch(fact)
        if of_item is not None:
            name, identity, field = of_item.groups()
            words = self.label(f"{name}.{field}" if field else name)
            return Text(f"{words.zh} [{identity}]", f"{words.en} [{identity}]")
        vocabulary = self._knowledge.vocabulary
        if fact in vocabulary.lists:
            return vocabulary.lists[fact]
        label = vocabulary.fields[fact].label
        of_list, _, inside = fact.partition(".")
        if not inside or of_list not in vocabulary.lists:
            return label
        return Text(f"{vocabulary.lists[of_list].zh}：{label.zh}", f"{vocabulary.lists[of_list].en}: {label.en}")

    def _groups(self) -> Iterator[tuple[Text, list[FactChoice]]]:
        counts = Counter(fact for facts in self._facts.values() for fact in facts)
        left = dict.fromkeys(sorted(counts))
        for section in form(self._knowledge.vocabulary):
            names = [one.name for one in (*section.inputs, *section.more)]
            for rows in section.rows:
                names += [rows.name, *(f"{rows.name}.{one.name}" for one in (*rows.first, *rows.more))]
            yield section.title, self._choices(_within(names, left), counts)
        yield _DERIVED, self._choices(sorted(left), counts)

    def _choices(self, names: Iterable[str], counts: Mapping[str, int]) -> list[FactChoice]:
        return [FactChoice(name, self.label(name), counts[name]) for name in names]


def _within(names: Iterable[str], left: dict[str, None]) -> list[str]:
    """Return the facts left that are fields of the form or parts of one, in the order of the form; take them out."""
    found = []
    for name in names:
        found += [fact for fact in left if name in (fact, fact.rpartition(".")[0] if fact.startswith("labs.") else "")]
    for fact in found:
        left.pop(fact, None)
    return list(dict.fromkeys(found))
