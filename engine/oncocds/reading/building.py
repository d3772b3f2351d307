"""Marked nodes built from the events of a YAML parser, with everything refused that would make them mean two things."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import yaml

from oncocds.errors import Issue
from oncocds.reading.marks import Mapping, Mark, Node, Scalar, Sequence
from oncocds.reading.traps import character_name, hidden_character, shown

_MAX_DEPTH = 40
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    mark: Mark
    mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    key: Node | None = None


class Building:
    """The nodes of one file, event by event.

    ``issues`` holds what was refused; ``suspects`` the lines (from 0) of plain texts that stand where a key might have
    been meant; ``colons_in_keys`` the places (line and index, from 0) of full-width colons within keys; ``text_lines``
    the lines (from 1) that lie within a quoted or block text, where YAML asks no questions; ``last_line`` the line
    (from 0) of the last scalar.
    """

    def __init__(self, name: str, colons: AbstractSet[tuple[int, int]]) -> None:
        self.root: Node | None = None
        self.issues: list[Issue] = []
        self.suspects: list[range] = []
        self.colons_in_keys: list[tuple[int, int]] = []
        self.text_lines: set[int] = set()
        self.last_line = 0
        self.too_deep = False
        self._name = name
        self._colons = colons
        self._open: list[_Open] = []
        self._documents = 0

    @staticmethod
    def column(colons: AbstractSet[tuple[int, int]], line: int, column: int) -> int:
        """Return the column of the file, where each full-width colon before it was read as two characters."""
        for _, at in sorted(place for place in colons if place[0] == line):
            if at < column - 1:
                column -= 1
        return column

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._document(event)
        elif isinstance(event, yaml.NodeEvent):
            self._refuse(event)
            mark = self._mark(event)
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event, mark))
            elif isinstance(event, yaml.AliasEvent):
                self._add(Scalar("", True, mark))
            else:
                self._open.append(_Open(mark, isinstance(event, yaml.MappingStartEvent)))
                if len(self._open) > _MAX_DEPTH:
                    self.too_deep = True
                    self._issue(mark, f"nested too deeply; at most {_MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            if done.mapping:
                self._add(Mapping(tuple(done.entries), done.mark))
            else:
                self._add(Sequence(tuple(done.items), done.mark))

    def _issue(self, mark: Mark, message: str) -> None:
        self.issues.append(mark.issue(message))

    def _mark(self, event: yaml.Event) -> Mark:
        if event.start_mark is None:
            return Mark(self._name, 1, 1)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        return Mark(self._name, line, self.column(self._colons, line, column) if self._colons else column)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._issue(self._mark(event), "a second document; a file holds one document")
        if event.version or event.tags:
            self._issue(self._mark(event), "a directive; a file begins with its first key or list item")

    def _refuse(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._issue(self._mark(event), f"alias '*{shown(event.anchor or '')}'; write the value out here")
            return
        if event.anchor:
            self._issue(self._mark(event), f"anchor '&{shown(event.anchor)}'; write each value out where it is needed")
        tag: str | None = getattr(event, "tag", None)
        if tag:
            short = tag.replace("tag:yaml.org,2002:", "!!")
            self._issue(self._mark(event), f"tag '{shown(short)}'; values are typed by what is read, leave the tag out")

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> Scalar:
        scalar = Scalar(event.value, event.style in ("'", '"', "|", ">"), mark)
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:  # libyaml marks every scalar; the types do not know
            return scalar
        self.last_line = start.line
        if scalar.quoted:
            self.text_lines.update(range(start.line + 2, end.line + 2))
        elif "：" in event.value and self._documents == 1:
            if self._key_comes():
                self.colons_in_keys.append((start.line, start.column + event.value.index("：")))
            else:
                self.suspects.append(range(start.line, end.line + 1))
        if control := _CONTROL.search(event.value):
            self._issue(mark, f"a control character {character_name(control[0])} in the text; expected printable text")
        return scalar

    def _key_comes(self) -> bool:
        return bool(self._open) and self._open[-1].mapping and self._open[-1].key is None

    def _add(self, node: Node) -> None:
        if not self._open:
            if self.root is None and not (isinstance(node, Scalar) and not node.quoted and not node.text):
                self.root = node
            return
        inside = self._open[-1]
        if not inside.mapping:
            inside.items.append(node)
        elif inside.key is None:
            inside.key = node
            self._check_key(inside, node)
        else:
            if isinstance(inside.key, Scalar):
                inside.entries.append((inside.key, node))
            inside.key = None

    def _check_key(self, inside: _Open, key: Node) -> None:
        if not isinstance(key, Scalar):
            self._issue(key.mark, "a list or mapping as a key; a key must be plain text")
            return
        if key.text == "<<" and not key.quoted:
            self._issue(key.mark, "merge key '<<'; write the keys out here")
        elif not key.text:
            self._issue(key.mark, "an empty key; expected 'key: value'")
        elif (index := hidden_character(key.text)) is not None:
            place = Mark(key.mark.path, key.mark.line, key.mark.column + index + key.quoted)
            self._issue(place, f"{character_name(key.text[index])} in a key; write keys with ASCII spaces only")
        if key.text in inside.lines:
            first = inside.lines[key.text]
            self._issue(key.mark, f"key '{shown(key.text)}' stands twice, first on line {first}; a key stands once")
        else:
            inside.lines[key.text] = key.mark.line
