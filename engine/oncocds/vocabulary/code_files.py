"""The files that code tables are read from: the folder's own, and the one of a site that adds to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.marks import Mapping as Mapped
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record, records
from oncocds.reading.traps import shown
from oncocds.reading.yaml import read_yaml
from oncocds.vocabulary.code_tables import TABLES

SHOWN = "rules/vocabulary/codes"
_OF_A_SITE = (*TABLES, "systems", "units")


class CodeFiles:
    """Reads the nodes of the tables; ``issues`` gathers what is wrong with the files themselves."""

    def __init__(self, directory: Path, overlay: Path | None, issues: list[Issue]) -> None:
        self.issues = issues
        self._directory = directory
        self._site = {} if overlay is None else self._overlay(overlay)

    def rows(self, name: str) -> Iterator[tuple[Record, bool]]:
        """Yield the rows of a table, each with whether it is the site's own."""
        for node, own in ((self.node(name), False), (self._site.get(name), True)):
            for record in [] if node is None else records(node, self.issues, name):
                yield record, own

    def mapping(self, name: str) -> Iterator[Record]:
        """Yield the entries of a table that is a mapping, the site's behind the folder's."""
        for node, where in ((self.node(name), f"{SHOWN}/{name}.yaml"), (self._site.get(name), name)):
            if node is not None and not isinstance(node, Mapped):
                mark = getattr(node, "mark", None)
                path, line, column = (where, 1, 1) if mark is None else (mark.path, mark.line, mark.column)
                self.issues.append(Issue(path, line, column, "expected a mapping"))
            for key, value in node.entries if isinstance(node, Mapped) else ():
                yield Record(value, self.issues, key.text)

    def node(self, name: str) -> Any:
        """Return the content of one of the folder's files, None where it cannot be read."""
        return self._read(self._directory / f"{name}.yaml", f"{SHOWN}/{name}.yaml")

    def strays(self, known: tuple[str, ...]) -> None:
        """Refuse files that nobody would read."""
        if not self._directory.is_dir():
            return
        for path in sorted(self._directory.iterdir()):
            if path.stem not in known or path.suffix != ".yaml":
                names = ", ".join(f"{name}.yaml" for name in known)
                self.issues.append(Issue(f"{SHOWN}/{path.name}", 1, 1, f"nothing reads this file; known here: {names}"))

    def _overlay(self, path: Path) -> dict[str, Any]:
        """Read a site's file: the node of each table that it adds to."""
        node = self._read(path, path.name)
        if node is None:
            return {}
        if not isinstance(node, Mapped):
            known = ", ".join(_OF_A_SITE)
            self.issues.append(Issue(path.name, 1, 1, f"expected a mapping; known here: {known}"))
            return {}
        for key, _ in node.entries:
            if key.text not in _OF_A_SITE:
                message = f"unknown key '{shown(key.text)}'{suggestion(key.text, _OF_A_SITE)}"
                self.issues.append(Issue(path.name, key.mark.line, key.mark.column, message))
        return {key.text: value for key, value in node.entries}

    def _read(self, path: Path, shown_as: str) -> Any:
        try:
            return read_yaml(path, shown_as=shown_as)
        except KnowledgeError as error:
            self.issues.extend(error.issues)
        except OSError:
            self.issues.append(Issue(shown_as, 1, 1, "the file cannot be read"))
        return None
