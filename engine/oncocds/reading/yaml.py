"""YAML as marked text: libyaml parses, nothing is typed, and every trap is found before it bites.

Scalars stay text (no Norway problem); duplicate keys, anchors, aliases, merge keys, tags, several documents, tabs and
characters that look like others are errors with a place. One reading reports as many of them as it can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.building import Building
from oncocds.reading.marks import Node
from oncocds.reading.traps import FULL_WIDTH_COLON, false_blanks, forbidden_characters, full_width_colon

# libyaml; the pure Python loader reads the same, half a second slower for a whole body of rules.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_COLONS = 50
_HINTS = {
    "mapping values are not allowed in this context": "expected one 'key: value' here; quote a text that holds ': '",
    "could not find expected ':'": "expected 'key: value'",
    "found character that cannot start any token": "quote a text that begins with this character",
    "found unexpected end of stream": "expected the closing quote",
    "did not find expected key": "expected a key in line with the ones above, or the end of the text before",
    "did not find expected ',' or ']'": "expected a comma or ']'",
    "did not find expected ',' or '}'": "expected a comma or '}'",
}


def read_yaml(path: Path, text: str | None = None, shown_as: str | None = None) -> Node:
    """Read a YAML file (or ``text`` in its place) into marked nodes.

    ``shown_as`` is how errors call the file. Raises ``KnowledgeError`` with every issue found, in order of place,
    and ``OSError`` where the file cannot be read.
    """
    name = shown_as or str(path)
    if text is None:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise KnowledgeError([_not_utf8(name, data, error.start)]) from None
    issues = list(forbidden_characters(name, text))
    if issues:
        raise KnowledgeError(issues)
    return parsed(name, text)


def parsed(name: str, text: str) -> Node:
    """Return the root node of a text; it depends on nothing else. Raises ``KnowledgeError``."""
    return _Reading(name, text).node()


def _not_utf8(name: str, data: bytes, at: int) -> Issue:
    line = data.count(b"\n", 0, at) + 1
    before = data[data.rfind(b"\n", 0, at) + 1 : at]
    return Issue(name, line, len(before.decode("utf-8", "replace")) + 1, "not UTF-8 here; save the file as UTF-8")


class _Reading:
    """One file being read: again from the start after each full-width colon, which is then taken for ``": "``.

    So the colon is named where it stands, and what is wrong behind it is found in the same run.
    """

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.split("\n")
        self._blanks = [
            issue
            for number, line in enumerate(self._lines, start=1)
            if not line.isascii()
            for issue in false_blanks(name, number, line)
        ]
        self._colons: set[tuple[int, int]] = set()  # (line, column), from 1, as the file has them

    def node(self) -> Node:
        """Return the root node or raise ``KnowledgeError``."""
        while True:
            building = Building(self._name, self._colons)
            error = self._build(building)
            colons = self._new_colons(building, error)
            if not colons or len(self._colons) >= _MOST_COLONS:
                break
            self._replace(colons)
        issues = {Issue(self._name, *place, FULL_WIDTH_COLON) for place in self._colons}
        issues.update(issue for issue in self._blanks if issue.line not in building.text_lines)
        taken = {(issue.line, issue.column) for issue in issues}
        issues.update(issue for issue in building.issues if (issue.line, issue.column) not in taken)
        if error is not None:
            wrong = self._syntax_issue(error, building)
            # What libyaml stumbles over after a false blank is most likely that blank.
            if not any(issue.line <= wrong.line for issue in issues & set(self._blanks)):
                issues.add(wrong)
        if issues:
            raise KnowledgeError(sorted(issues, key=lambda issue: (issue.line, issue.column, issue.message)))
        if building.root is None:
            raise KnowledgeError([Issue(self._name, 1, 1, "the file is empty; expected a mapping or a list")])
        return building.root

    def _build(self, building: Building) -> yaml.YAMLError | None:
        try:
            for event in yaml.parse("\n".join(self._lines), Loader=_LOADER):
                building.take(event)
                if building.too_deep:
                    break
        except yaml.YAMLError as error:
            return error
        return None

    def _new_colons(self, building: Building, error: yaml.YAMLError | None) -> list[tuple[int, int]]:
        """Return (line, index) of full-width colons that end keys; both from 0, in the lines as they are now."""
        found = [place for lines in building.suspects for place in self._colons_in(lines)]
        found += building.colons_in_keys
        if not found and isinstance(error, yaml.MarkedYAMLError):
            marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark]
            reached = max(marks, default=0)
            for line in range(min([building.last_line, *marks]), min(reached + 1, len(self._lines))):
                index = full_width_colon(self._lines[line], any_key=True)
                if index is not None:
                    found.append((line, index))
                    break
        return found

    def _colons_in(self, lines: range) -> Iterator[tuple[int, int]]:
        for line in lines:
            index = full_width_colon(self._lines[line])
            if index is not None:
                yield line, index
            elif line == lines.start:
                return  # an ordinary text, whatever its further lines begin with

    def _replace(self, colons: list[tuple[int, int]]) -> None:
        # From right to left, so that no replacement moves another one's place.
        for line, index in sorted(set(colons), reverse=True):
            self._colons.add((line + 1, Building.column(self._colons, line + 1, index + 1)))
            text = self._lines[line]
            self._lines[line] = f"{text[:index]}: {text[index + 1 :]}"

    def _syntax_issue(self, error: yaml.YAMLError, building: Building) -> Issue:
        if not isinstance(error, yaml.MarkedYAMLError):
            return Issue(self._name, building.last_line + 1, 1, "not YAML; expected a mapping or a list")
        problem = error.problem or "it cannot be read"
        mark, opened = error.problem_mark, ""
        if error.context_mark is not None:
            if mark is None or problem in ("could not find expected ':'", "found unexpected end of stream"):
                mark = error.context_mark
            elif (open_flow := re.search(r"flow (sequence|mapping)", error.context or "")) is not None:
                word = {"sequence": "list", "mapping": "mapping"}[open_flow[1]]
                opened = f" for the {word} opened on line {error.context_mark.line + 1}"
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if line > len(self._lines):  # libyaml counts one more line where the last one has no line break
            line, column = len(self._lines), len(self._lines[-1]) + 1
        hint = _HINTS.get(problem, "expected a mapping, a list or plain text")
        return Issue(
            self._name, line, Building.column(self._colons, line, column), f"not YAML: {problem}; {hint}{opened}"
        )
