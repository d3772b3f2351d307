"""Finds the files under ``rules/`` and reads each once: every issue is kept, and no file is passed over in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.documented import Gloss, LedgerEntry
from oncocds.knowledge.files import Files
from oncocds.knowledge.models import Rule
from oncocds.reading.marks import Mapping as Marked
from oncocds.reading.marks import Node, Scalar, Sequence
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record, as_json, records
from oncocds.reading.traps import shown
from oncocds.reading.yaml import read_yaml
from oncocds.sources.documents import Document

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
TODO = "TODO left"
"""What is said of something that a human has yet to write begins so."""


class Folders:
    """Finds the files under ``rules/`` and reads each once."""

    def __init__(self, rules_dir: Path, issues: list[Issue]) -> None:
        self._dir = rules_dir
        self._issues = issues
        self.nodes: dict[str, Node] = {}  # what was read, by the path shown

    def _read(self, path: Path) -> Node | None:
        name = self._shown(path)
        try:
            node = read_yaml(path, shown_as=name)
            self._issues.extend(_todos(node))
            self.nodes[name] = node
            return node
        except KnowledgeError as error:
            self._issues.extend(error.issues)
        except OSError:
            self._issues.append(Issue(name, 1, 1, "the file cannot be read"))
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
        self._issues.append(mark.issue(message))

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


def _is_aside(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix == ".md"


def _todos(node: Node) -> Iterator[Issue]:
    """Find what a scaffold left for a human to write."""
    if isinstance(node, Scalar):
        if "TODO" in node.text:
            yield node.mark.issue(f"{TODO}: '{shown(node.text)}'; write what stands there before this can load")
    elif isinstance(node, Sequence):
        for item in node:
            yield from _todos(item)
    else:
        for key, value in node.entries:
            if "TODO" in key.text:
                yield from _todos(key)
            else:
                yield from _todos(value)
