"""Reads all knowledge: every file once, every issue of every file in one error, nothing loaded by halves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.digest import digest
from oncocds.knowledge.files import Files
from oncocds.knowledge.folders import TODO, Folders
from oncocds.knowledge.glosses import glossed
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints import lint
from oncocds.knowledge.models import Action, Precedence, Rule
from oncocds.language.interning import Interner
from oncocds.language.tree import Any as Either
from oncocds.language.tree import Condition
from oncocds.profile.coverage import coverage_issues
from oncocds.reading.nearest import suggestion
from oncocds.sources.documents import Document, load_documents
from oncocds.sources.passages import Passage, resolve
from oncocds.vocabulary.loader import load_vocabulary
from oncocds.vocabulary.models import Vocabulary

_T = TypeVar("_T")
_NUMBER = re.compile(r"(.*?)([0-9]+)$")


def load_knowledge(rules_dir: Path, seeds_dir: Path) -> Knowledge:
    """Read, check and join all knowledge. Raises ``KnowledgeError`` with every issue found, sorted by place."""
    if not rules_dir.is_dir() or not seeds_dir.is_dir():
        raise KnowledgeError([Issue(str(rules_dir.parent), 1, 1, "expected a directory with rules/ and seeds/")])
    issues: list[Issue] = []
    vocabulary = _attempt(issues, load_vocabulary, rules_dir / "vocabulary")
    issues.extend(coverage_issues(vocabulary) if vocabulary is not None else ())
    documents = _attempt(issues, load_documents, seeds_dir)
    if vocabulary is None or documents is None:  # no rule can be checked without its words and its document
        raise KnowledgeError(_by_place(issues))
    files = Files(vocabulary, issues)
    read = Folders(rules_dir, issues)
    read.strays()
    rules = _sorted(read.rules(files, documents), list(documents))
    glosses = read.glosses(files, documents)
    passages = glossed({rule.id: tuple(_passages(rule, documents, issues)) for rule in rules.values()}, glosses)
    concepts = read.folder("concepts", lambda node, path: files.concept(node, path))
    precedence = tuple(files.precedence(record) for record in read.entries("precedence"))
    conflicts = tuple(found for record in read.entries("conflicts") if (found := files.conflict(record)) is not None)
    intern = Interner().intern
    concepts = {concept.id: replace(concept, when=intern(concept.when)) for concept in concepts.values()}
    source_arms = {rule.id: intern(arm) for rule in rules.values() if (arm := rule.source_arm()) is not None}
    extended_arms = {rule.id: intern(arm) for rule in rules.values() if (arm := rule.extended_arm()) is not None}
    actions = read.folder("actions", lambda node, path: files.action(node, path))
    precedence = tuple(_with_found(entry, rules, actions) for entry in precedence)
    flags = read.folder("flags", lambda node, _path: files.flag(node))
    notes = read.folder("notes", lambda node, path: files.note(node, path))
    ledger = read.ledger(files, documents)
    policy, version = read.policy(), read.version()
    if issues:
        raise KnowledgeError(_by_place(issues))
    digests = {
        "rules": digest([rules, concepts, actions, flags, notes, precedence, conflicts]),
        "documents": digest([_of_itself(document) for document in documents.values()]),
        "vocabulary": digest(_said_once(vocabulary)),
        "policy": digest(policy),
        "ledger": digest(ledger),
        "glosses": digest(glosses),
    }
    knowledge = Knowledge(
        vocabulary=vocabulary,
        documents=dict(documents),  # a read-only view cannot be kept in a file
        rules=rules,
        passages=passages,
        concepts=concepts,
        actions=actions,
        flags=flags,
        notes=notes,
        precedence=precedence,
        conflicts=conflicts,
        ledger=ledger,
        glosses=glosses,
        policy=policy,
        version=version,
        digest=digest(digests),
        digests=digests,
        conditions={rule: intern(_whole(source_arms[rule], extended_arms.get(rule))) for rule in source_arms},
        source_arms=source_arms,
        extended_arms=extended_arms,
    )
    issues.extend(lint(knowledge, read.nodes))
    if issues:
        raise KnowledgeError(_by_place(issues))
    return knowledge


def _with_found(entry: Precedence, rules: Mapping[str, Rule], actions: Mapping[str, Action]) -> Precedence:
    """Return an entry with the rules it demotes by what their actions declare, after those it names."""
    found = [
        rule.id
        for rule in rules.values()
        if (action := actions.get(rule.action or "")) is not None
        and not ({*entry.giving}.isdisjoint(action.gives) and {*entry.calling_safe}.isdisjoint(action.calls_safe))
    ]
    return replace(entry, demoted=tuple(dict.fromkeys([*entry.demoted, *found])))


def _said_once(vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary without the value set of drugs, which is made of the drugs."""
    return replace(vocabulary, value_sets={k: v for k, v in vocabulary.value_sets.items() if k != "drug"})


def _attempt(issues: list[Issue], load: Callable[[Path], _T], directory: Path) -> _T | None:
    try:
        return load(directory)
    except KnowledgeError as error:
        issues.extend(error.issues)
        return None


def _of_itself(document: Document) -> Document:
    # Where a document is kept says nothing, and its bytes are named by their digest.
    return replace(document, file="", text="")


def _whole(source: Condition, extended: Condition | None) -> Condition:
    return source if extended is None else Either((source, extended))


def _by_place(issues: list[Issue]) -> list[Issue]:
    # Where a human has yet to write, nothing else that is wrong at the place matters.
    todo = {(issue.path, issue.line, issue.column) for issue in issues if issue.message.startswith(TODO)}
    return sorted(
        {
            issue
            for issue in issues
            if issue.message.startswith(TODO) or (issue.path, issue.line, issue.column) not in todo
        },
        key=lambda issue: (issue.path, issue.line, issue.column, issue.message),
    )


def _sorted(rules: dict[str, Rule], documents: list[str]) -> dict[str, Rule]:
    def place(rule: Rule) -> tuple[int, int]:
        match = _NUMBER.match(rule.id)
        return documents.index(rule.document), int(match[2]) if match else 0

    return {rule.id: rule for rule in sorted(rules.values(), key=place)}


def _passages(rule: Rule, documents: Mapping[str, Document], issues: list[Issue]) -> Iterator[Passage]:
    for quote in rule.quotes:
        mark = quote.mark or rule.mark
        assert mark is not None
        document = documents.get(quote.document)
        if document is None:
            known = f"{', '.join(documents)}{suggestion(quote.document, documents)}"
            issues.append(mark.issue(f"no document '{quote.document}'; known here: {known}"))
            continue
        try:
            yield resolve(document, quote.exact, quote.prefix, quote.suffix, quote.role)
        except LookupError as error:
            issues.append(mark.issue(str(error.args[0])))
