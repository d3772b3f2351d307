"""Finds the cell of a table that the engine would refuse: a value out of range, implausible in its unit …"""

from __future__ import annotations

from collections.abc import Sequence

from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_policy, read_profile
from oncocds.scenarios.cells import Wrong
from oncocds.scenarios.patient import STEP, Mistake, Rows, TableReader
from oncocds.scenarios.phrase import Phrase
from oncocds.scenarios.story import Story

_REASONS = {
    "out of range": "超出范围",
    "implausible in the unit given; is the unit right?": "与所写的单位不符，单位写对了吗",
    "this looks like a fraction": "像是分数，应写百分数（0.62写作62）",
    "implausible": "数值不合理",
    "above the upper limit": "高于上限",
    "not a date": "不是日期",
    "not in the expected form": "写法不对",
    "no lesion has this id": "没有这个编号的病灶",
    "this id stands twice": "这个编号出现了两次",
    "a drug given as other has no name": "写作“其他药物”却没有名称",
    "a class beside a drug that is not given as other": "只有写作“其他药物”时才写类别",
}


def refusals(story: Story, reader: TableReader) -> list[Problem]:
    """Return what the engine would refuse of a patient and the site's settings as told so far."""
    found: list[Problem] = []
    try:
        read_profile(story.profile, reader.vocabulary)
    except InputError as error:
        found.extend(error.problems)
    try:
        read_policy(story.policy, reader.vocabulary)
    except InputError as error:
        found.extend(Problem("/policy" + each.pointer, each.reason, each.expected) for each in error.problems)
    return found


def place(problem: Problem, phrase: Phrase, rows: Rows, reader: TableReader) -> Mistake:
    """Return a refusal of what one table tells as a mistake of the cell it is about, or else of the step."""
    path = problem.pointer.strip("/").split("/")
    row, column = STEP, 0
    if phrase.table in ("patient", "policy", "labs"):
        prefix = {"patient": "", "policy": "policy.", "labs": "labs."}[phrase.table]
        row, column = _row_of(".".join(path), rows, prefix, reader), 1
    elif phrase.table == path[0] and len(path) > 1 and path[1].isdigit():
        row = int(path[1]) + 1
        column = _column_of(path[2] if len(path) > 2 else "", rows, path[0], reader)
    return Mistake(row, column if row != STEP else 0, words(problem, reader))


def words(problem: Problem, reader: TableReader) -> str:
    """Return a refusal in the reader's language, with its place in the profile."""
    reason = _REASONS.get(problem.reason, problem.reason)
    name = ".".join(part for part in problem.pointer.strip("/").split("/") if not part.isdigit())
    fact = reader.vocabulary.fields.get(name) or reader.vocabulary.fields.get(f"{name}.value")
    zh, en = (f"“{fact.label.zh}”（{problem.pointer}）", f"'{fact.label.en}' ({problem.pointer})") if fact else ("", "")
    return reader.cells.say(
        f"{zh or problem.pointer} {reason}；应为：{problem.expected}",
        f"{en or problem.pointer} {problem.reason}; expected {problem.expected}",
    )


def _row_of(name: str, rows: Rows, prefix: str, reader: TableReader) -> int:
    for number, cells in enumerate(rows):
        try:
            found = reader.find(cells[0], prefix).name
        except Wrong:
            continue
        group = found.rsplit(".", 1)[0] if found.startswith("labs.") and prefix else found
        if name == found or name.startswith(group + "."):
            return number
    return STEP


def _column_of(field: str, rows: Sequence[Sequence[str]], of_list: str, reader: TableReader) -> int:
    for number, cell in enumerate(rows[0]):
        try:
            if reader.find(cell, of_list + ".").name == f"{of_list}.{field}":
                return number
        except Wrong:
            continue
    return 0
