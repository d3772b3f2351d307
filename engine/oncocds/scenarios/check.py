"""Checks scenario files before they run: every mistake with its file, line and column, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from gherkin.dialect import Dialect
from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser

from oncocds.errors import Issue
from oncocds.reading.nearest import nearest
from oncocds.scenarios.patient import ScenarioError, TableReader
from oncocds.scenarios.phrases import PHRASES, Phrase, StepKind, find_phrase
from oncocds.text import Language
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.models import Vocabulary

_LANGUAGE = re.compile(r"^\s*#\s*language\s*:\s*(\S+)", re.MULTILINE)
_KINDS: dict[str, StepKind] = {"Context": "given", "Action": "when", "Outcome": "then"}
_SECTIONS = ("feature", "background", "scenario", "scenario_outline", "examples", "rule")


def feature_files(paths: Iterable[Path]) -> list[Path]:
    """Return the feature files among paths, folders searched to the bottom, each once."""
    found = (file for path in paths for file in (sorted(path.rglob("*.feature")) if path.is_dir() else [path]))
    return list(dict.fromkeys(found))


def check_file(path: Path) -> list[Issue]:
    """Return the mistakes in one feature file, in order of lines."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return [Issue(str(path), 1, 1, "文件不是UTF-8编码 / not UTF-8")]
    except OSError:
        return [Issue(str(path), 1, 1, "无法读取文件 / cannot be read")]
    return sorted(_Check(path, text).issues(), key=lambda issue: (issue.line, issue.column))


@cache
def _vocabulary() -> Vocabulary:
    return bundled_vocabulary()


class _Check:
    """One file under check."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        matched = _LANGUAGE.search(text)
        code = matched[1] if matched else "en"
        self.dialect: Dialect | None = Dialect.for_name(code)
        self.language: Language = "zh" if code.startswith("zh") else "en"

    def issues(self) -> Iterator[Issue]:
        """Find every mistake in the file."""
        if self.dialect is None:
            yield self.issue(1, 1, "语言应为 zh-CN 或 en", "the language must be zh-CN or en")
            return
        lines = self.text.splitlines()
        sections = [word for name in _SECTIONS for word in getattr(self.dialect, name + "_keywords")]
        steps = [word for word in self.step_keywords() if word != "* "]
        section = re.compile(rf"\s*(?:{'|'.join(map(re.escape, sections))})\s*：")
        ending = re.compile(rf"\s*(?:{'|'.join(map(re.escape, steps))}).*：\s*$")
        for number, line in enumerate(lines, start=1):
            if section.match(line) or ending.match(line):
                column = (line.index("：") if section.match(line) else line.rindex("：")) + 1
                yield self.issue(number, column, "全角冒号“：”，请写半角“:”", "full-width '：'; write ':'")
                lines[number - 1] = line[: column - 1] + ":" + line[column:]
        try:
            document = Parser().parse("\n".join(lines) + "\n")
        except CompositeParserException as error:
            for each in error.errors:
                yield self.parse_issue(each, lines)
            return
        except ParserException as error:
            yield self.parse_issue(error, lines)
            return
        feature: Any = dict(document).get("feature")
        if feature is None:
            yield self.issue(1, 1, "文件里没有功能（功能:）", "the file has no feature (Feature:)")
            return
        yield from self.children(feature["children"], {})

    def children(self, children: Any, names: dict[str, int]) -> Iterator[Issue]:
        for child in children:
            if "rule" in child:
                yield from self.children(child["rule"]["children"], names)
                continue
            part: Any = child.get("scenario") or child["background"]
            line, column = part["location"]["line"], part["location"]["column"]
            if "scenario" in child:
                name = part["name"]
                if name in names:
                    yield self.issue(
                        line,
                        column,
                        f"场景“{name}”与第{names[name]}行的场景同名，其中一个不会运行；请改名",
                        f"scenario '{name}' is named like that on line {names[name]}: one would not run; rename it",
                    )
                names.setdefault(name, line)
                if not part["steps"]:
                    yield self.issue(line, column, f"场景“{name}”没有步骤", f"scenario '{name}' has no steps")
            yield from self.description(part, line)
            yield from self.steps(part["steps"])

    def description(self, part: Any, line: int) -> Iterator[Issue]:
        swallowed = [text for text in part["description"].splitlines() if text.strip()]
        lines = self.text.splitlines()
        for text in swallowed:
            while line < len(lines) and lines[line].strip() != text.strip():
                line += 1
            line += 1
            column = len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1
            yield self.not_a_step(line, column, text.strip())

    def steps(self, steps: Any) -> Iterator[Issue]:
        kind: StepKind = "given"
        for step in steps:
            kind = _KINDS.get(step["keywordType"], kind)
            text = step["text"].strip()
            phrase = find_phrase(kind, text)
            line, column = step["location"]["line"], step["location"]["column"]
            if phrase is None:
                yield self.unknown(line, column, kind, text)
            elif phrase.table is not None:
                yield from self.table(step, phrase)
            elif "dataTable" in step:
                yield self.issue(line, column, "这一步不带表格", "this step takes no table")

    def table(self, step: Any, phrase: Phrase) -> Iterator[Issue]:
        line, column = step["location"]["line"], step["location"]["column"]
        if "dataTable" not in step:
            yield self.issue(line, column, f"“{phrase.zh}”下面要有表格", f"'{phrase.en}' needs a table below it")
            return
        raw = step["dataTable"]["rows"]
        rows = [[cell["value"] for cell in row["cells"]] for row in raw]
        if any(cell.startswith("<") and cell.endswith(">") for row in rows for cell in row):
            return  # an outline: its examples fill the cells when it runs
        reader = TableReader(_vocabulary(), self.language)
        try:
            match phrase.table:
                case "patient":
                    reader.patient(rows, {})
                case "policy":
                    reader.policy(rows, {})
                case "labs":
                    reader.labs(rows, {})
                case name:
                    reader.items(str(name), rows, {})
        except ScenarioError as error:
            for mistake in error.mistakes:
                place = raw[mistake.row]["cells"][mistake.column]["location"]
                yield Issue(str(self.path), place["line"], place["column"], mistake.message)

    def unknown(self, line: int, column: int, kind: StepKind, text: str) -> Issue:
        shown = {getattr(phrase, self.language): phrase for phrase in PHRASES.values()}
        bare = re.sub(r"[\"“「][^\"”」]*[\"”」]", '"…"', text)
        same = [words for words, phrase in shown.items() if phrase.kind == kind]
        # the rest of the three, where fewer look alike: other kinds of step, then the first of this kind
        candidates = (*nearest(bare, same, 3), *nearest(bare, shown, 3), *same, *shown)
        near = list(dict.fromkeys(candidates))[:3]
        listed = "\n".join(f"    {self.keyword(shown[words].kind)} {words}" for words in near)
        return self.issue(
            line, column, f"没有“{text}”这样的步骤；最接近的有：\n{listed}", f"no step '{text}'; the nearest:\n{listed}"
        )

    def parse_issue(self, error: Any, lines: list[str]) -> Issue:
        line, column = error.location["line"], error.location.get("column") or 1
        text = lines[line - 1].strip() if line <= len(lines) else ""
        if "inconsistent cell count" in str(error):
            return self.issue(
                line, column, "表格各行的列数不一样", "the rows of the table have different numbers of cells"
            )
        if not text:
            return self.issue(line, column, "文件在这里意外结束", "the file ends unexpectedly here")
        if line <= len(lines) and "got" in str(error):
            return self.not_a_step(line, max(column, len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1), text)
        return self.issue(line, column, f"看不懂这一行：{text}", f"this line cannot be read: {text}")

    def not_a_step(self, line: int, column: int, text: str) -> Issue:
        words = " ".join(dict.fromkeys(word.strip() for word in self.step_keywords() if word.strip() != "*"))
        return self.issue(
            line,
            column,
            f"“{text}”不是步骤，不会执行；步骤须以这些词之一开头：{words}",
            f"'{text}' is not a step and would not run; a step starts with one of: {words}",
        )

    def step_keywords(self) -> list[str]:
        dialect: Any = self.dialect
        groups = (dialect.given_keywords, dialect.when_keywords, dialect.then_keywords, dialect.and_keywords)
        return [word for group in (*groups, dialect.but_keywords) for word in group]

    def keyword(self, kind: StepKind) -> str:
        words: list[str] = getattr(self.dialect, kind + "_keywords")
        return next(word.strip() for word in words if word.strip() != "*")

    def issue(self, line: int, column: int, zh: str, en: str) -> Issue:
        return Issue(str(self.path), line, column, zh if self.language == "zh" else en)
