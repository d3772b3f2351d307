"""Finds the cell of a table that the engine would refuse: a value out of range, implausible in its unit …"""

from __future__ import annotations

from collections.abc import Sequence

from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_policy, read_profile
from oncocds.refusal_words import refusal_words
from oncocds.scenarios.cells import Wrong
from oncocds.scenarios.patient import STEP, Mistake, Rows, TableReader
from oncocds.scenarios.phrase import Phrase
from oncocds.scenarios.story import Story


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
    prefix = {"patient": "", "symptoms": "", "policy": "policy.", "labs": "labs."}.get(phrase.table or "")
    if prefix is not None:
        row, column = _row_of(".".join(path), rows, prefix, reader), 1
        if phrase.table == "labs" and row != STEP:
            column = reader.column_of(path[-1], rows[0])
    elif phrase.table == path[0] and len(path) > 1 and path[1].isdigit():
        row = int(path[1]) + 1
        column = _column_of(path[2] if len(path) > 2 else "", rows, path[0], reader)
    return Mistake(row, column if row != STEP else 0, words(problem, reader))


def words(problem: Problem, reader: TableReader) -> str:
    """Return a refusal in the reader's language, with its place in the profile."""
    told = refusal_words({"reason": problem.reason, "expected": problem.expected})
    name = ".".join(part for part in problem.pointer.strip("/").split("/") if not part.isdigit())
    fact = reader.vocabulary.fields.get(name) or reader.vocabulary.fields.get(f"{name}.value")
    zh, en = (f"“{fact.label.zh}”（{problem.pointer}）", f"'{fact.label.en}' ({problem.pointer})") if fact else ("", "")
    return reader.cells.say(
        f"{zh or problem.pointer} {told['zh']}",
        f"{en or problem.pointer} {told['en']}",
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
