"""A feature file as it is written: what of it cannot be read, with its place, and the feature in the rest."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any

from gherkin.dialect import Dialect
from gherkin.errors import CompositeParserException, ParserException

from oncocds.errors import Issue
from oncocds.scenarios.phrase import StepKind
from oncocds.scenarios.source import LANGUAGE_LINE, UNREADABLE, language_of, parse
from oncocds.text import Language

_MOST_ROUNDS = 10  # of reading a file again without the lines that could not be read
_SECTIONS = ("feature", "background", "scenario", "scenario_outline", "examples", "rule")


class WrittenFile:
    """One file; ``unread`` tells that lines of it were left out since they cannot be read.

    ``reader`` is the language of what is said of a file that speaks none itself.
    """

    def __init__(self, name: str, text: str, reader: Language | None) -> None:
        self.name = name
        self._reader = reader
        self._lines: list[str] = []
        self.unread = False
        self.text = text
        matched = LANGUAGE_LINE.search(text)
        self.dialect: Dialect | None = Dialect.for_name(matched[1] if matched else "en")
        self.language: Language = language_of(text)

    def feature(self) -> Generator[Issue, None, Any]:
        """Find what keeps the file from being read; returns the feature it holds, None where there is none to check."""
        if self.dialect is None:
            yield self.issue(1, 1, "语言应为 zh-CN 或 en", "the language must be zh-CN or en")
            return None
        if self._unmarked():
            line = "# language: zh-CN"
            yield Issue(self.name, 1, 1, f"中文场景文件的第一行要写：{line} / a file in Chinese begins with: {line}")
            return None
        if "\ufffd" in self.text:
            yield Issue(self.name, 1, 1, UNREADABLE)
            return None
        lines = self.text.splitlines()
        yield from self._full_width(lines)
        self._lines = lines
        document = None
        for _ in range(_MOST_ROUNDS):
            if document is not None:
                break
            try:
                document = parse("\n".join(lines) + "\n")
            except (CompositeParserException, ParserException) as error:
                errors = error.errors if isinstance(error, CompositeParserException) else [error]
                yield from (self._parse_issue(each, lines) for each in errors)
                blanked = [self._left_out(each.location["line"], lines) for each in errors]
                if not any(blanked):
                    return None
        if document is None:
            yield self.issue(
                1, 1, "看不懂的行太多，其余未检查", "too many lines cannot be read; the rest was not checked"
            )
            return None
        feature: Any = dict(document).get("feature")
        if feature is None and not self.unread:
            yield self._empty("文件是空的：没有功能（功能:）", "the file is empty: it has no feature (Feature:)")
        return feature

    def _left_out(self, line: int, lines: list[str]) -> bool:
        """Blank a line that cannot be read, so that the rest is checked too; with it the table that follows a step.

        Returns whether there was anything to blank.
        """
        at = line - 1
        if at >= len(lines) or not lines[at].strip():
            return False
        self.unread = True
        of_step = not lines[at].strip().startswith(("|", "@"))
        lines[at] = ""
        while of_step and at + 1 < len(lines) and lines[at + 1].strip().startswith("|"):
            at += 1
            lines[at] = ""
        return True

    def _empty(self, zh: str, en: str) -> Issue:
        """Return what is wrong with a file that speaks no language, in the reader's or else in both."""
        if LANGUAGE_LINE.search(self.text):
            return self.issue(1, 1, zh, en)
        words = {"zh": zh, "en": en}.get(self._reader or "", f"{zh} / {en}")
        return Issue(self.name, 1, 1, words)

    def _unmarked(self) -> bool:
        """Tell whether the file speaks Chinese without saying so, which Gherkin would read as English."""
        chinese = Dialect.for_name("zh-CN")
        first = next((line.strip() for line in self.text.splitlines() if line.strip() and line.strip()[0] != "#"), "")
        return not LANGUAGE_LINE.search(self.text) and first.startswith(
            tuple(chinese.feature_keywords if chinese else ())
        )

    def _full_width(self, lines: list[str]) -> Iterator[Issue]:
        """Find full-width colons and bars where Gherkin knows only the narrow ones, and read on as if they were."""
        sections = [word for name in _SECTIONS for word in getattr(self.dialect, name + "_keywords")]
        steps = [word for word in self._step_keywords() if word != "* "]
        section = re.compile(rf"\s*(?:{'|'.join(map(re.escape, sections))})\s*：")
        ending = re.compile(rf"\s*(?:{'|'.join(map(re.escape, steps))}).*：\s*$")
        for number, line in enumerate(lines, start=1):
            if section.match(line) or ending.match(line):
                column = (line.index("：") if section.match(line) else line.rindex("：")) + 1
                yield self.issue(number, column, "全角冒号“：”，请写半角“:”", "full-width '：'; write ':'")
                lines[number - 1] = line[: column - 1] + ":" + line[column:]
            elif line.strip().startswith("｜"):
                column = line.index("｜") + 1
                yield self.issue(number, column, "全角竖线“｜”，请写半角“|”", "full-width '｜'; write '|'")
                lines[number - 1] = line.replace("｜", "|")

    def prose(self, part: Any) -> Iterator[Issue]:
        """Find what was meant as a step or a heading and reads as the description of a feature or a rule."""
        words = [word for word in self._step_keywords() if word != "* "]
        words += [word for name in _SECTIONS for word in getattr(self.dialect, name + "_keywords")]
        for line, column, text in self._description_lines(part):
            if text.startswith(("|", *words)):
                heading = self.dialect.scenario_keywords[0] if self.dialect else ""
                yield self.issue(
                    line,
                    column,
                    f"“{text}”前面没有“{heading}:”，从这里起不会执行",
                    f"no '{heading}:' stands before '{text}': what follows would not run",
                )
                return

    def description(self, part: Any) -> Iterator[Issue]:
        """Find what was meant as a step and reads as the description of a part."""
        for line, column, text in self._description_lines(part):
            yield self._not_a_step(line, column, text)

    def _description_lines(self, part: Any) -> Iterator[tuple[int, int, str]]:
        line = part["location"]["line"]
        lines = self._lines
        for text in part["description"].splitlines():
            if not text.strip():
                continue
            at = next((number for number in range(line, len(lines)) if lines[number].strip() == text.strip()), line - 1)
            line = at + 1
            yield line, len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1, text.strip()

    def _parse_issue(self, error: Any, lines: list[str]) -> Issue:
        line, column = error.location["line"], error.location.get("column") or 1
        text = lines[line - 1].strip() if line <= len(lines) else ""
        if "inconsistent cell count" in str(error):
            return self.issue(
                line, column, "表格各行的列数不一样", "the rows of the table have different numbers of cells"
            )
        if not text:
            return self.issue(line, column, "文件在这里意外结束", "the file ends unexpectedly here")
        if line <= len(lines) and "got" in str(error):
            return self._not_a_step(line, max(column, len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1), text)
        return self.issue(line, column, f"看不懂这一行：{text}", f"this line cannot be read: {text}")

    def _not_a_step(self, line: int, column: int, text: str) -> Issue:
        words = " ".join(dict.fromkeys(word.strip() for word in self._step_keywords() if word.strip() != "*"))
        return self.issue(
            line,
            column,
            f"“{text}”不是步骤，不会执行；步骤须以这些词之一开头：{words}",
            f"'{text}' is not a step and would not run; a step starts with one of: {words}",
        )

    def _step_keywords(self) -> list[str]:
        dialect: Any = self.dialect
        groups = (dialect.given_keywords, dialect.when_keywords, dialect.then_keywords, dialect.and_keywords)
        return [word for group in (*groups, dialect.but_keywords) for word in group]

    def keyword(self, kind: StepKind) -> str:
        """Return the word that steps of a kind begin with in the file's language."""
        words: list[str] = getattr(self.dialect, kind + "_keywords")
        return next(word.strip() for word in words if word.strip() != "*")

    def issue(self, line: int, column: int, zh: str, en: str) -> Issue:
        """Return a mistake at a place, in the file's language."""
        return Issue(self.name, line, column, zh if self.language == "zh" else en)

    def at(self, part: Any, zh: str, en: str) -> Issue:
        """Return a mistake of a part, in the file's language."""
        return self.issue(part["location"]["line"], part["location"]["column"], zh, en)
