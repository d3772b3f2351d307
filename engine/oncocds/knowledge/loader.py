"""Reads all knowledge: every file once, every issue of every file in one error, nothing loaded by halves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.digest import digest
from oncocds.knowledge.files import Files
from oncocds.knowledge.glosses import glossed
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints import lint
from oncocds.knowledge.models import Action, Gloss, LedgerEntry, Precedence, Rule
from oncocds.language.interning import Interner
from oncocds.language.tree import Any as Either
from oncocds.language.tree import Condition
from oncocds.profile.coverage import coverage_issues
from oncocds.reading.marks import Mapping as Marked
from oncocds.reading.marks import Node, Scalar, Sequence
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record, as_json, records
from oncocds.reading.traps import shown as safe
from oncocds.reading.yaml import read_yaml
from oncocds.sources.documents import Document, load_documents
from oncocds.sources.passages import Passage, resolve
from oncocds.vocabulary.loader import load_vocabulary
from oncocds.vocabulary.models import Vocabulary

_T = TypeVar("_T")
_FOLDERS = ("vocabulary", "concepts", "actions", "flags", "notes", "ledger", "glosses")
_FILES = (
    "answers.yaml",
    "claims.yaml",
    "precedence.yaml",
    "conflicts.yaml",
    "policy.yaml",
    "released.yaml",
    "version.yaml",
)
_NUMBER = re.compile(r"(.*?)([0-9]+)$")
_TODO = "TODO left"


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
    read = _Reader(rules_dir, issues)
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
    todo = {(issue.path, issue.line, issue.column) for issue in issues if issue.message.startswith(_TODO)}
    return sorted(
        {
            issue
            for issue in issues
            if issue.message.startswith(_TODO) or (issue.path, issue.line, issue.column) not in todo
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
            issues.append(
                Issue(mark.path, mark.line, mark.column, f"no document '{quote.document}'; known here: {known}")
            )
            continue
        try:
            yield resolve(document, quote.exact, quote.prefix, quote.suffix, quote.role)
        except LookupError as error:
            issues.append(Issue(mark.path, mark.line, mark.column, str(error.args[0])))


def _is_aside(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix == ".md"


def _todos(node: Node) -> Iterator[Issue]:
    """Find what a scaffold left for a human to write."""
    if isinstance(node, Scalar):
        if "TODO" in node.text:
            mark = node.mark
            words = f"{_TODO}: '{safe(node.text)}'; write what stands there before this can load"
            yield Issue(mark.path, mark.line, mark.column, words)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _todos(item)
    else:
        for key, value in node.entries:
            if "TODO" in key.text:
                yield from _todos(key)
            else:
                yield from _todos(value)


class _Reader:
    """Finds the files under ``rules/`` and reads each once."""

    def __init__(self, rules_dir: Path, issues: list[Issue]) -> None:
        self._dir = rules_dir
        self._issues = issues
        self.nodes: dict[str, Node] = {}  # what was read, by the path shown

    def _read(self, path: Path) -> Node | None:
        shown = self._shown(path)
        try:
            node = read_yaml(path, shown_as=shown)
            self._issues.extend(_todos(node))
            self.nodes[shown] = node
            return node
        except KnowledgeError as error:
            self._issues.extend(error.issues)
        except OSError:
            self._issues.append(Issue(shown, 1, 1, "the file cannot be read"))
        return None

    def _shown(self, path: Path) -> str:
        return f"rules/{path.relative_to(self._dir).as_posix()}"

    def strays(self) -> None:
        """Refuse files that nobody would read: what was written there would be missing in silence."""
        for path in sorted(self._dir.iterdir()):
            if path.is_dir():
                if path.name != "vocabulary":
                    self._strays_of(path)
            elif path.name not in _FILES and not _is_aside(path):
                self._stray(path, f"known here: {', '.join(_FILES)}")

    def _strays_of(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            if path.is_dir() or (path.suffix != ".yaml" and not _is_aside(path)):
                self._stray(path, "a folder holds files that end in .yaml")

    def _stray(self, path: Path, known: str) -> None:
        what = "folder" if path.is_dir() else "file"
        self._issues.append(Issue(self._shown(path), 1, 1, f"nothing reads this {what}; {known}"))

    def _issue(self, node: Node, message: str) -> None:
        """Note something wrong with a file: at its id, where it has one."""
        identity = node.get("id") if isinstance(node, Marked) else None
        mark = (identity or node).mark
        self._issues.append(Issue(mark.path, mark.line, mark.column, message))

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
                self._issue(node, f"id '{identity}' in a file named '{path.name}'")
            found[identity] = piece
        return found

    def rules(self, files: Files, documents: Mapping[str, Document]) -> dict[str, Rule]:
        """Read the rule files, a folder per document."""
        found: dict[str, Rule] = {}
        for folder in sorted(path for path in self._dir.iterdir() if path.is_dir() and path.name not in _FOLDERS):
            if folder.name not in documents:
                known = ", ".join(documents)
                self._issues.append(Issue(f"rules/{folder.name}", 1, 1, f"no such document; known here: {known}"))
                continue

            def make(node: Node, path: str, document: str = folder.name) -> Rule | None:
                return files.rule(node, document, path)

            for identity, rule in self.folder(folder.name, make).items():
                if identity in found:
                    self._issue(self.nodes[rule.path], f"'{identity}' stands in {found[identity].path} too")
                found[identity] = rule
        return found

    def ledger(self, files: Files, documents: Mapping[str, Document]) -> dict[str, tuple[LedgerEntry, ...]]:
        """Read the ledgers, one file per document."""
        found = {}
        for document, groups in self._of_documents("ledger", documents):
            found[document] = tuple(entry for group in groups for entry in files.ledger(group, document))
        return found

    def glosses(self, files: Files, documents: Mapping[str, Document]) -> dict[str, tuple[Gloss, ...]]:
        """Read what quoted passages say in English, one file per document."""
        return {name: tuple(map(files.gloss, listed)) for name, listed in self._of_documents("glosses", documents)}

    def _of_documents(self, name: str, documents: Mapping[str, Document]) -> Iterator[tuple[str, list[Record]]]:
        """Yield each document that a folder has a file of, with the entries of that file, which is a list."""
        for path in sorted((self._dir / name).glob("*.yaml")):
            if path.stem not in documents:
                known = f"{', '.join(documents)}{suggestion(path.stem, documents)}"
                self._issues.append(Issue(self._shown(path), 1, 1, f"no such document; known here: {known}"))
                continue
            node = self._read(path)
            yield path.stem, [] if node is None else records(node, self._issues, name)

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
        if not isinstance(node, Marked):
            self._issue(node, "the policy must be a mapping")
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
