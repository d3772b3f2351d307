"""Reads all knowledge: every file once, every issue of every file in one error, nothing loaded by halves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.digest import digest
from oncocds.knowledge.files import Files
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints import lint
from oncocds.knowledge.models import Rule
from oncocds.language.interning import Interner
from oncocds.language.tree import Any as Either
from oncocds.language.tree import Condition
from oncocds.reading.marks import Mapping, Node
from oncocds.reading.record import Record, as_json, records
from oncocds.reading.yaml import read_yaml
from oncocds.sources.documents import Document, load_documents
from oncocds.sources.passages import Passage, resolve
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.loader import load_vocabulary

__all__ = ["Knowledge", "bundled_directories", "load_knowledge"]

_T = TypeVar("_T")
_FOLDERS = ("vocabulary", "concepts", "actions", "flags", "notes")
_NUMBER = re.compile(r"(.*?)(\d+)$")


def bundled_directories() -> tuple[Path, Path]:
    """Return the bundled ``rules`` and ``seeds``."""
    home = bundled_knowledge()
    return home / "rules", home / "seeds"


def load_knowledge(rules_dir: Path, seeds_dir: Path) -> Knowledge:
    """Read, check and join all knowledge. Raises ``KnowledgeError`` with every issue found, sorted by place."""
    if not rules_dir.is_dir() or not seeds_dir.is_dir():
        raise KnowledgeError([Issue(str(rules_dir.parent), 1, 1, "expected a directory with rules/ and seeds/")])
    vocabulary = load_vocabulary(rules_dir / "vocabulary")
    documents = load_documents(seeds_dir)
    issues: list[Issue] = []
    files = Files(vocabulary, issues)
    read = _Reader(rules_dir, issues)
    rules = _sorted(dict(read.rules(files, documents)), list(documents))
    passages = {rule.id: tuple(_passages(rule, documents, issues)) for rule in rules.values()}
    concepts = read.folder("concepts", lambda node, path: files.concept(node, path))
    precedence = tuple(files.precedence(record) for record in read.entries("precedence"))
    conflicts = tuple(found for record in read.entries("conflicts") if (found := files.conflict(record)) is not None)
    intern = Interner().intern
    concepts = {concept.id: replace(concept, when=intern(concept.when)) for concept in concepts.values()}
    source_arms = {rule.id: intern(arm) for rule in rules.values() if (arm := rule.source_arm()) is not None}
    extended_arms = {rule.id: intern(arm) for rule in rules.values() if (arm := rule.extended_arm()) is not None}
    actions = read.folder("actions", lambda node, path: files.action(node, path))
    flags = read.folder("flags", lambda node, _path: files.flag(node))
    notes = read.folder("notes", lambda node, path: files.note(node, path))
    policy, version = read.policy(), read.version()
    if issues:
        raise KnowledgeError(_by_place(issues))
    digests = {
        "rules": digest([rules, concepts, actions, flags, notes, precedence, conflicts]),
        "documents": digest({document.id: document.sha256 for document in documents.values()}),
        "vocabulary": digest(vocabulary),
        "policy": digest(policy),
    }
    knowledge = Knowledge(
        vocabulary=vocabulary,
        documents=documents,
        rules=rules,
        passages=passages,
        concepts=concepts,
        actions=actions,
        flags=flags,
        notes=notes,
        precedence=precedence,
        conflicts=conflicts,
        policy=policy,
        version=version,
        digest=digest(digests),
        digests=digests,
        conditions={rule: intern(_whole(source_arms[rule], extended_arms.get(rule))) for rule in source_arms},
        source_arms=source_arms,
        extended_arms=extended_arms,
    )
    issues.extend(lint(knowledge))
    if issues:
        raise KnowledgeError(_by_place(issues))
    return knowledge


def _whole(source: Condition, extended: Condition | None) -> Condition:
    return source if extended is None else Either((source, extended))


def _by_place(issues: list[Issue]) -> list[Issue]:
    return sorted(set(issues), key=lambda issue: (issue.path, issue.line, issue.column, issue.message))


def _sorted(rules: dict[str, Rule], documents: list[str]) -> dict[str, Rule]:
    def place(rule: Rule) -> tuple[int, int]:
        match = _NUMBER.match(rule.id)
        return documents.index(rule.document), int(match[2]) if match else 0

    return {rule.id: rule for rule in sorted(rules.values(), key=place)}


def _passages(rule: Rule, documents: Any, issues: list[Issue]) -> Iterator[Passage]:
    for quote in rule.quotes:
        mark = quote.mark or rule.mark
        assert mark is not None
        document: Document | None = documents.get(quote.document)
        if document is None:
            known = ", ".join(documents)
            issues.append(
                Issue(mark.path, mark.line, mark.column, f"no document '{quote.document}'; known here: {known}")
            )
            continue
        try:
            yield resolve(document, quote.exact, quote.prefix, quote.suffix, quote.role)
        except LookupError as error:
            issues.append(Issue(mark.path, mark.line, mark.column, str(error.args[0])))


class _Reader:
    """Finds the files under ``rules/`` and reads each once."""

    def __init__(self, rules_dir: Path, issues: list[Issue]) -> None:
        self._dir = rules_dir
        self._issues = issues

    def _read(self, path: Path) -> Node | None:
        shown = f"rules/{path.relative_to(self._dir).as_posix()}"
        try:
            return read_yaml(path, shown_as=shown)
        except KnowledgeError as error:
            self._issues.extend(error.issues)
        except OSError:
            self._issues.append(Issue(shown, 1, 1, "the file cannot be read"))
        return None

    def folder(self, name: str, make: Callable[[Node, str], _T | None]) -> dict[str, _T]:
        """Read a folder of one file per piece; the file's name is its id."""
        found: dict[str, _T] = {}
        for path in sorted((self._dir / name).glob("*.yaml")):
            node = self._read(path)
            if node is None:
                continue
            piece = make(node, node.mark.path)
            if piece is None:
                continue
            identity: str = getattr(piece, "id")  # noqa: B009 - every piece has an id, whatever its type
            if identity != path.stem:
                self._issues.append(Issue(node.mark.path, 1, 1, f"id '{identity}' in a file named '{path.name}'"))
            found[identity] = piece
        return found

    def rules(self, files: Files, documents: Any) -> Iterator[tuple[str, Rule]]:
        """Read the rule files, a folder per document."""
        for folder in sorted(path for path in self._dir.iterdir() if path.is_dir() and path.name not in _FOLDERS):
            if folder.name not in documents:
                known = ", ".join(documents)
                self._issues.append(Issue(f"rules/{folder.name}", 1, 1, f"no such document; known here: {known}"))
                continue

            def make(node: Node, path: str, document: str = folder.name) -> Rule | None:
                return files.rule(node, document, path)

            yield from self.folder(folder.name, make).items()

    def entries(self, name: str) -> list[Record]:
        """Read a file that is a list."""
        path = self._dir / f"{name}.yaml"
        node = self._read(path) if path.is_file() else None
        return [] if node is None else records(node, self._issues, name)

    def policy(self) -> dict[str, Any]:
        """Read the shipped policy as plain data; its schema is the profile room's."""
        node = self._read(self._dir / "policy.yaml")
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self._issues.append(Issue(node.mark.path, 1, 1, "the policy must be a mapping"))
            return {}
        plain = as_json(node)
        assert isinstance(plain, dict)
        return plain

    def version(self) -> str:
        """Read the version of the knowledge."""
        node = self._read(self._dir / "version.yaml")
        if node is None:
            return ""
        record = Record(node, self._issues, "version")
        version = record.text("version")
        record.finish()
        return version
