"""A feature file as every runner reads it: one text, in one form, whatever wrote the file.

Byte order marks, line ends and GBK are taken as they come; the language line goes first, where Gherkin looks for it; a
step that begins with ``*``, or the first with "and", gets the keyword of what it says. Line numbers stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gherkin.dialect import Dialect
from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser

from oncocds.scenarios.phrase import StepKind
from oncocds.scenarios.phrases import find_phrase
from oncocds.text import Language

LANGUAGE_LINE = re.compile(r"^[^\S\n]*#[^\S\n]*language[^\S\n]*:[^\S\n]*(\S+)", re.MULTILINE)
KINDS: dict[str, StepKind] = {"Context": "given", "Action": "when", "Outcome": "then"}
KINDS_IN_ORDER: tuple[StepKind, ...] = ("given", "when", "then")


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file in the one form, and a remark on how it was read in both languages (empty where none)."""

    text: str
    remark: str = ""


UNREADABLE = "文件不是UTF-8编码，也不是GBK；请另存为UTF-8 / neither UTF-8 nor GBK; save it as UTF-8"


class UnreadableError(Exception):
    """A file is no text in any encoding that is read."""


def read_source(path: Path) -> Source:
    """Read a feature file. Raises ``OSError``, and ``UnreadableError`` for one that is no text."""
    content = path.read_bytes()
    try:
        return Source(one_form(content.decode("utf-8")))
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise UnreadableError from None
    return Source(one_form(text), "文件不是UTF-8编码，已按GBK读取；建议另存为UTF-8 / not UTF-8, read as GBK")


def language_of(text: str) -> Language:
    """Return the language that a feature file speaks."""
    matched = LANGUAGE_LINE.search(text)
    return "zh" if matched and matched[1].startswith("zh") else "en"


def parse(text: str) -> Any:
    """Parse a text. Raises gherkin's ``ParserException``."""
    return Parser().parse(text)


def one_form(text: str) -> str:
    """Return a text in the one form; it is the same for a text that is in it already."""
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines):
        if LANGUAGE_LINE.match(line):
            lines[0], lines[number] = lines[number], lines[0]
            break
        if line.strip() and not line.strip().startswith(("#", "@")):
            break
    whole = "\n".join(lines) + "\n" if lines else ""
    try:
        document = parse(whole)
    except (ParserException, CompositeParserException):
        return whole  # its check says what is wrong
    feature = document.get("feature")
    dialect: Any = Dialect.for_name(feature["language"]) if feature else None
    for steps in _steps_of(feature["children"]) if feature else ():
        before: StepKind | None = None
        for step in steps:
            kind = KINDS.get(step["keywordType"])
            if kind is None and (before is None or step["keywordType"] == "Unknown"):
                meant: StepKind = before or "given"
                for each in reversed(KINDS_IN_ORDER):
                    meant = each if find_phrase(each, step["text"].strip()) else meant
                at, start = step["location"]["line"] - 1, step["location"]["column"] - 1
                rest = lines[at][start + len(step["keyword"]) :]
                lines[at] = lines[at][:start] + _keyword(dialect, meant) + " " + rest.lstrip()
                kind = meant
            before = kind or before
    return "\n".join(lines) + "\n" if lines else ""


def _steps_of(children: Any) -> Iterator[Any]:
    for child in children:
        if "rule" in child:
            yield from _steps_of(child["rule"]["children"])
        else:
            yield child.get("background", child.get("scenario"))["steps"]


def _keyword(dialect: Any, kind: StepKind) -> str:
    words: list[str] = getattr(dialect, kind + "_keywords")
    return next(word.strip() for word in words if word.strip() != "*")
