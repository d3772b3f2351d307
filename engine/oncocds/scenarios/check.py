"""Checks scenario files before they run: every mistake with its file, line and column, and what would be right."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from oncocds.errors import Issue
from oncocds.reading.nearest import nearest
from oncocds.scenarios.expectations import sentence_mistakes, table_mistakes
from oncocds.scenarios.outlines import LONGEST_CELL, Room, TooMuchError, rendered, with_meaning
from oncocds.scenarios.patient import STEP, Mistake, ScenarioError, TableReader
from oncocds.scenarios.phrase import Phrase, StepKind
from oncocds.scenarios.phrases import PHRASES, find_phrase
from oncocds.scenarios.refused import place, refusals, words
from oncocds.scenarios.site import Site, site
from oncocds.scenarios.source import KINDS, UNREADABLE, UnreadableError, one_form, read_source
from oncocds.scenarios.story import Story
from oncocds.scenarios.told import taken_back
from oncocds.scenarios.written import WrittenFile
from oncocds.text import Language

_NEAR = 0.6
_QUOTE = re.compile(r"[\"“「][^\"”」]*[\"”」]")
# What a step that is like none of the sentences is shown: those that most scenarios are made of.
_USUAL: dict[StepKind, tuple[str, ...]] = {
    "given": ("patient", "medications", "lesions"),
    "when": ("evaluate",),
    "then": ("contains", "lacks", "fires"),
}


def feature_files(paths: Iterable[Path]) -> list[Path]:
    """Return the feature files among paths, folders searched to the bottom, each once."""
    found = (file for path in paths for file in (sorted(path.rglob("*.feature")) if path.is_dir() else [path]))
    return list(dict.fromkeys(found))


def check_file(path: Path, against: Site | None = None, reader: Language | None = None) -> list[Issue]:
    """Return the mistakes in one feature file, in order of lines; ``against`` is a site's knowledge (else bundled).

    ``reader`` is the language of what is said of a file that speaks none itself, being empty.
    """
    try:
        text = read_source(path).text
    except UnreadableError:
        return [Issue(str(path), 1, 1, UNREADABLE)]
    except OSError:
        return [Issue(str(path), 1, 1, "无法读取文件 / cannot be read")]
    return check_text(str(path), text, against or site(), reader)


def check_text(name: str, text: str, against: Site, reader: Language | None = None) -> list[Issue]:
    """Return the mistakes in the text of a feature file; ``name`` is what they call it."""
    check = _Check(name, one_form(text), against, reader)
    found = list(check.issues())
    # a file that does not run tells at once, too, what its checks could not find in any answer
    found += check.expected if found else []
    return sorted(dict.fromkeys(found), key=lambda issue: (issue.line, issue.column))


def _columns_with_meaning(examples: Any) -> list[Any]:
    return [cell for cell in examples.get("tableHeader", {}).get("cells", []) if with_meaning(cell["value"])]


def _scenarios(child: Any) -> bool:
    return "scenario" in child or any(map(_scenarios, child.get("rule", {}).get("children", ())))


class _Check(WrittenFile):
    """One file under check."""

    def __init__(self, name: str, text: str, against: Site, reader: Language | None) -> None:
        super().__init__(name, text, reader)
        self.expected: list[Issue] = []
        self.room = Room()
        self.site = against
        self.reader = TableReader(against.knowledge.vocabulary, self.language)

    def issues(self) -> Iterator[Issue]:
        """Find every mistake in the file."""
        feature = yield from self.feature()
        if feature is None:
            return
        found = list(self.prose(feature))
        if not any(map(_scenarios, feature["children"])) and not found and not self.unread:
            found = [self.issue(1, 1, "功能里没有场景（场景:）", "the feature has no scenario (Scenario:)")]
        yield from found
        yield from self.children(feature["children"], {}, Story(), [])

    def children(self, children: Any, names: dict[str, int], before: Story, told: list[Any]) -> Iterator[Issue]:
        """Find the mistakes in parts of a file; ``before`` and ``told``: what backgrounds outside tell, their steps."""
        background, told = copy.deepcopy(before), list(told)
        for child in children:
            if "rule" in child:
                yield from self.prose(child["rule"])
                yield from self.children(child["rule"]["children"], names, background, told)
            elif "background" in child:
                yield from self.description(child["background"])
                yield from self.steps(child["background"]["steps"], background)
                told += child["background"]["steps"]
            else:
                try:
                    yield from self.scenario(child["scenario"], names, background, told)
                except TooMuchError:
                    zh = "场景写全后过长（背景步骤和例子展开后的总长超出上限）；请分成几个文件，或减少例子"
                    en = "the scenarios are too long once backgrounds and examples are written out; split the file"
                    yield self.at(child["scenario"], zh, en)
                    return

    def scenario(self, part: Any, names: dict[str, int], background: Story, told: list[Any]) -> Iterator[Issue]:
        name = part["name"]
        if name in names:
            zh = f"场景“{name}”与第{names[name]}行的场景同名，其中一个不会运行；请改名"
            en = f"scenario '{name}' is named like that on line {names[name]}: one would not run; rename it"
            yield self.at(part, zh, en)
        names.setdefault(name, part["location"]["line"])
        self.room.take_steps([*told, *part["steps"]])
        found = list(self.description(part))
        for examples in part["examples"]:
            found.extend(self.description(examples))
        found.extend(self.rows(part))
        found.extend([] if self.unread else self.order(part["steps"]))
        if not part["examples"]:
            found.extend(self.steps(part["steps"], copy.deepcopy(background)))
        known = set(found)  # the same mistake of two examples is one mistake
        for steps in [] if found and any(map(_columns_with_meaning, part["examples"])) else rendered(part, self.room):
            self.room.take_steps(told)
            new = [each for each in self.steps(steps, copy.deepcopy(background)) if each not in known]
            known.update(new)
            found.extend(new)
        if not found and not self.unread:
            found.extend(self.purpose(part))
        yield from found

    def rows(self, part: Any) -> Iterator[Issue]:
        """Find an outline without examples, or with a table of examples that has no rows: it would not run."""
        outline = self.dialect is not None and part["keyword"] in self.dialect.scenario_outline_keywords
        if outline and not part["examples"]:
            yield self.at(part, "场景大纲没有例子（例子:），不会执行", "the outline has no examples and would not run")
        for examples in part["examples"]:
            header = examples.get("tableHeader", {}).get("cells", [])
            for number, cell in enumerate(header):
                if cell["value"] in [before["value"] for before in header[:number]]:
                    zh = f"例子里有两列“{cell['value'][:40]}”，后一列不起作用"
                    yield self.at(cell, zh, f"two columns '{cell['value'][:40]}': the second would not be used")
            for cell in _columns_with_meaning(examples):
                zh = f"列名“{cell['value'][:40]}”含有不能用于占位符的符号（如 * + ? ( ) [ ] |）；请改名"
                en = f"the column '{cell['value'][:40]}' has a sign that no placeholder may have (* + ? ( ) [ ] | …)"
                yield self.at(cell, zh, en)
            if not examples.get("tableBody"):
                yield self.at(examples, "例子没有一行，不会执行", "the examples have no row: nothing would run")

    def order(self, steps: Any) -> Iterator[Issue]:
        """Find what is told after the last evaluation, which would not see it."""
        kinds: list[StepKind] = []
        for step in steps:
            kinds.append(KINDS.get(step["keywordType"], kinds[-1] if kinds else "given"))
        last = max((number for number, kind in enumerate(kinds) if kind == "when"), default=len(kinds))
        for number, kind in enumerate(kinds):
            if kind == "given" and number > last:
                zh = "这一步写在最后一次“当 评估”之后，不会再评估；请在它后面再写“当 评估”"
                en = "told after the last evaluation, which does not see it; write 'When evaluated' again after it"
                yield self.at(steps[number], zh, en)
                return

    def purpose(self, part: Any) -> Iterator[Issue]:
        """Find a scenario that has no answer: one that is evaluated and checks nothing is there to show it."""
        name, kinds = part["name"], {KINDS.get(step["keywordType"]) for step in part["steps"]}
        if not part["steps"]:
            yield self.at(part, f"场景“{name}”没有步骤", f"scenario '{name}' has no steps")
        elif "when" not in kinds:
            zh = f"场景“{name}”没有评估，没有检查任何结论：要有“当 评估”"
            yield self.at(part, zh, f"scenario '{name}' evaluates and checks nothing: it needs 'When evaluated'")

    def steps(self, steps: Any, story: Story) -> Iterator[Issue]:
        kind: StepKind = "given"
        found = False
        told: dict[str, Any] = {}
        for step in steps:
            kind = KINDS.get(step["keywordType"], kind)
            if kind == "when":  # what is told after an evaluation changes the patient
                told.clear()
            for issue in self.step(step, kind, story, told, found):
                found = True
                yield issue

    def step(self, step: Any, kind: StepKind, story: Story, told: dict[str, Any], found: bool) -> Iterator[Issue]:
        cells = [cell for row in step.get("dataTable", {}).get("rows", ()) for cell in row["cells"]]
        for part, text in [(step, step["text"]), *((cell, cell["value"]) for cell in cells)]:
            if len(text) > LONGEST_CELL:
                zh = f"太长：{len(text)}个字符，最多{LONGEST_CELL}个"
                yield self.at(part, zh, f"too long: {len(text)} characters, at most {LONGEST_CELL}")
                return
        text = step["text"].strip()
        phrase = find_phrase(kind, text)
        if phrase is None:
            yield self.unknown(step, kind, text)
            meant = next((each for each in self.near(kind, text) if each.kind == kind and each.table), None)
            if meant is not None and meant.table != "rules" and "dataTable" in step:
                yield from self.read(step, meant, story, told, True)
        elif "docString" in step:
            yield self.at(step, "这一步不带大段文字", "this step takes no block of text")
        elif phrase.table is None and "dataTable" in step:
            yield self.at(step, "这一步不带表格", "this step takes no table")
        elif phrase.table is not None and "dataTable" not in step:
            yield self.at(step, f"“{phrase.zh}”下面要有表格", f"'{phrase.en}' needs a table below it")
        else:
            yield from self.read(step, phrase, story, told, found)

    def read(self, step: Any, phrase: Phrase, story: Story, told: dict[str, Any], found: bool) -> Iterator[Issue]:
        """Read a step as a run would; every cell that cannot be read or would be refused is a mistake.

        ``told`` is what was told since the last evaluation; ``found`` tells that something is wrong in an earlier step.
        """
        raw = step.get("dataTable", {}).get("rows", [])
        rows = [[cell["value"] for cell in row["cells"]] for row in raw]
        if raw and not raw[0]["cells"]:
            yield self.at(raw[0], "表格没有一列", "the table has no column")
            return
        mistakes: Sequence[Mistake] = ()
        if phrase.table == "rules":
            mistakes = tuple(table_mistakes(rows, self.site.knowledge, self.language))
        elif phrase.kind == "then":
            words_ = phrase.words(step["text"].strip())
            for message in sentence_mistakes(words_, self.site.knowledge, self.reader):
                self.expected.append(self.at(step, message, message))
        elif phrase.kind == "given":
            words_ = phrase.words(step["text"].strip())
            try:
                story.tell(phrase, words_, rows, self.reader)
                alone = Story()
                alone.tell(phrase, words_, rows, self.reader)
                # what a course of radiotherapy aims at may be told in another table
                refused = [each for each in refusals(alone, self.reader) if "/targets/" not in each.pointer]
                refused += taken_back(phrase, alone, told)
                mistakes = [place(each, phrase, rows, self.reader) for each in refused]
            except ScenarioError as error:
                mistakes = error.mistakes
        elif phrase.id == "evaluate" and not found:
            mistakes = [Mistake(STEP, 0, words(each, self.reader)) for each in refusals(story, self.reader)]
        for mistake in mistakes:
            cell = raw[mistake.row]["cells"][mistake.column] if mistake.row >= 0 else step
            yield self.at(cell, mistake.message, mistake.message)

    def near(self, kind: StepKind, text: str) -> list[Phrase]:
        """Return the sentences that come near a step, those of its kind if there are any, with as many quotes first.

        They are held against each other without what is quoted, which would make any two of them alike.
        """
        simplified = self.site.knowledge.vocabulary.simplified(text)
        if (meant := find_phrase(kind, simplified)) is not None:
            return [meant]
        bare, quotes = _QUOTE.subn("", simplified)
        phrases = list(PHRASES.values())
        same = [phrase for phrase in phrases if phrase.kind == kind]
        if unquoted := [phrase for phrase in same if phrase.meant_by(simplified)]:
            return self.nearest(bare, unquoted, 0)
        alike = [phrase for phrase in same if len(_QUOTE.findall(phrase.in_(self.language))) == quotes]
        return self.nearest(bare, alike) or self.nearest(bare, same) or self.nearest(bare, phrases, _NEAR)

    def nearest(self, bare: str, phrases: Sequence[Phrase], enough: float = 0.5) -> list[Phrase]:
        shown = {_QUOTE.sub("", phrase.in_(self.language)): phrase for phrase in phrases}
        return [shown[words] for words in nearest(bare, shown, 3, enough)]

    def unknown(self, step: Any, kind: StepKind, text: str) -> Issue:
        near = self.near(kind, text)
        listed = "".join(f"\n    {self.keyword(each.kind)} {each.in_(self.language)}" for each in near)
        zh = f"没有“{text}”这样的步骤" + (f"；最接近的有：{listed}" if near else "")
        en = f"no step '{text}'" + (f"; the nearest:{listed}" if near else "")
        if not near:
            usual = "".join(f"\n    {self.keyword(kind)} {PHRASES[name].in_(self.language)}" for name in _USUAL[kind])
            zh = f"{zh}（所有句子：oncocds vocabulary）；常用的有：{usual}"
            en = f"{en} (all sentences: oncocds vocabulary); the usual ones:{usual}"
        return self.at(step, zh, en)
