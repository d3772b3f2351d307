"""Checks that what a scenario expects is about rules, advice and facts that exist, rules by their right titles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import references
from oncocds.language.tree import Condition
from oncocds.reading.nearest import nearest
from oncocds.scenarios.cells import fold
from oncocds.scenarios.lexicon import lexicon_of, words_of
from oncocds.scenarios.patient import Mistake, Rows, TableReader
from oncocds.scenarios.story import rule_rows
from oncocds.text import Language

_FEW = 3
_NEAR = 0.6
_OF_AN_ITEM = re.compile(r"[\[:：]")  # a question about one item: only the answer knows which there are


def unknown_rule(rule: str, knowledge: Knowledge, language: Language) -> str:
    """Return what to say about a rule that does not exist: its name and the nearest ones."""
    near = nearest(rule, [known for known, found in knowledge.rules.items() if found.when is not None], 3)
    if language == "zh":
        return f"没有规则“{rule}”；最接近的有：{'、'.join(near) or '无'}"
    return f"no rule '{rule}'; the nearest: {', '.join(near) or 'none'}"


def unsaid(what: str, knowledge: Knowledge, reader: TableReader) -> str | None:
    """Return what to say where no advice or rule is called so or says these words; None where one does.

    Where the words name a fact, the rules that read it are named.
    """
    titles = [title for action in knowledge.actions.values() for title in (action.title, *(t for _, t in action.alone))]
    texts = [*titles, *(text for rule in knowledge.rules.values() for text in (rule.title, rule.then))]
    slots = [slot for rule in knowledge.rules.values() for filled in rule.slots.values() for slot in filled]
    texts += [slot.text for slot in slots]
    names = [*knowledge.rules, *knowledge.actions]
    if fold(what) in map(fold, names) or any(fold(what) in fold(said) for text in texts for said in (text.zh, text.en)):
        return None
    language = reader.language
    lexicon, fields = lexicon_of(knowledge.vocabulary), knowledge.vocabulary.fields
    named = {fact.name for fact in (*lexicon.candidates(what, ""), *lexicon.candidates(what, "labs."))}
    named |= {name for name, field in fields.items() if named.intersection(field.reads)}
    reading = [
        f"{rule.id} {rule.title.in_(language)}"
        for rule in knowledge.rules.values()
        if rule.when is not None and named.intersection(_facts(rule.when, knowledge))
    ]
    near = nearest(
        knowledge.vocabulary.simplified(what), [*names, *(text.in_(language) for text in texts)], _FEW, _NEAR
    )
    zh = f"没有哪条建议或规则说到“{what}”"
    en = f"no advice or rule says '{what}'"
    if reading:
        listed = reader.cells.listed(reading[:_FEW])
        return reader.cells.say(f"{zh}；用到这一项的规则：{listed}", f"{en}; rules that read this fact: {listed}")
    listed = reader.cells.listed(near)
    hint = reader.cells.say("；最接近的有：", "; the nearest: ") + listed if near else ""
    return reader.cells.say(zh, en) + hint


def _facts(condition: Condition, knowledge: Knowledge) -> Iterator[str]:
    """Yield the facts that a condition speaks of, those of its concepts too."""
    yield from references.facts(condition)
    for concept in references.concepts(condition):
        yield from _facts(knowledge.concepts[concept].when, knowledge)


def unknown_fact(fact: str, knowledge: Knowledge, reader: TableReader, also: Iterable[str] = ()) -> str | None:
    """Return what to say where a word names no fact, nor a list, nor one of the words ``also``; None where it does."""
    fields, lists = knowledge.vocabulary.fields.values(), knowledge.vocabulary.lists
    known = {word for field in fields for word in words_of(field)} | {*also, *lists}
    known |= {word for label in lists.values() for word in (label.zh, label.en)}
    if fold(fact) in map(fold, known):
        return None
    near = nearest(knowledge.vocabulary.simplified(fact), [field.label.in_(reader.language) for field in fields], _FEW)
    listed = reader.cells.listed(near)
    return reader.cells.say(
        f"没有“{fact}”这一项；最接近的有：{listed or '无'}", f"no field '{fact}'; the nearest: {listed or 'none'}"
    )


def sentence_mistakes(words: Mapping[str, str | None], knowledge: Knowledge, reader: TableReader) -> Iterator[str]:
    """Say what a sentence about the answer names and there is not: a rule, words of advice, a fact."""
    rule, what, fact = words.get("rule"), words.get("what"), words.get("fact")
    if rule and "quote" not in words and rule not in knowledge.rules:
        yield unknown_rule(rule, knowledge, reader.language)
    if what and "urgency" not in words and (said := unsaid(what, knowledge, reader)) is not None:
        yield said
    if fact and not _OF_AN_ITEM.search(fact) and (near := unknown_fact(fact, knowledge, reader)) is not None:
        yield near


def table_mistakes(rows: Rows, knowledge: Knowledge, language: Language) -> Iterator[Mistake]:
    """Find rules that do not exist or stand twice, titles that are not the rule's, and a table of no rule at all."""
    if not rule_rows(rows):
        yield Mistake(
            0, 0, "表里没有规则，什么也没有检查" if language == "zh" else "no rule in the table: it checks nothing"
        )
    seen: set[str] = set()
    for number, row in rule_rows(rows):
        rule = knowledge.rules.get(row.rule)
        if rule is None or rule.when is None:
            yield Mistake(number, 0, unknown_rule(row.rule, knowledge, language))
            continue
        if row.rule in seen:
            zh, en = f"规则 {row.rule} 在这张表里出现了两次", f"rule {row.rule} stands twice in this table"
            yield Mistake(number, 0, zh if language == "zh" else en)
        seen.add(row.rule)
        if row.title and fold(row.title) not in (fold(rule.title.zh), fold(rule.title.en)):
            title = rule.title.in_(language)
            zh, en = f"规则 {row.rule} 的标题是“{title}”", f"the title of rule {row.rule} is '{title}'"
            yield Mistake(number, 1, zh if language == "zh" else en)
