"""``oncocds cohort verdicts``: of every patient every rule's verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy
import pyarrow as pa

from oncocds.knowledge.models import Verdict
from oncocds_cohort.answers import Answers, sections_told
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.letters import LETTERS, LetterDigest, codes, lettered
from oncocds_cohort.outputs.parts import Part
from oncocds_cohort.outputs.running import Ran, run
from oncocds_cohort.outputs.tables import check_format, write_table
from oncocds_cohort.schema import ID

_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_WORDS = pa.array(sorted(_VERDICTS, key=lambda word: LETTERS.index(word[0])))
_CODED = pa.dictionary(pa.int8(), pa.string())


def verdicts(asked: Asked, out: Path, *, sections: bool = False) -> Ran:
    """Write every verdict to a Parquet or CSV file; with ``sections`` also where the briefing names each rule.

    Where it is asked what waits for one answer, sections are written in any case. Raises ``InputError`` or
    ``EngineFault``.
    """
    check_format(out)
    sections = sections or asked.decide
    kept = asked.kept(out, "verdicts and sections" if sections else "verdicts")
    rules = tuple(asked.engines[0].knowledge.conditions)
    schema = placed_schema(rules) if sections else verdict_schema(rules)

    def write(path: Path, parts: Iterator[pa.Table]) -> None:
        if sections:
            write_table(path, out, schema, parts, asked.told())
        else:
            write_table(path, out, schema, parts, asked.told(), LetterDigest(), partial(_columns_of, schema))

    with kept.held(), kept.writing(write):
        ran, _ = run(asked, placed if sections else columns, kept)
    return ran


def columns(asked: Asked) -> VerdictColumns:
    """Return what collects verdicts."""
    return VerdictColumns(tuple(asked.engines[0].knowledge.conditions))


def placed(asked: Asked) -> PlacedColumns:
    """Return what collects verdicts and sections."""
    return PlacedColumns(tuple(asked.engines[0].knowledge.conditions), decide=asked.decide)


def placed_schema(rules: Iterable[str]) -> pa.Schema:
    """Return the columns of verdicts and, after them, one per rule for the sections of the briefing that name it."""
    rules = tuple(rules)
    named = pa.schema([pa.field(f"{rule} section", pa.list_(pa.string())) for rule in rules])
    return pa.unify_schemas([verdict_schema(rules), named])


def verdict_schema(rules: Iterable[str]) -> pa.Schema:
    """Return the columns of verdicts: the id, and one per rule; nobody is without one."""
    columns = [("id", pa.string()), *((rule, _CODED) for rule in rules)]
    return pa.schema([pa.field(*column, nullable=False) for column in columns])  # also a third less to write


def _columns_of(schema: pa.Schema, part: pa.Table) -> pa.Table:
    """Return verdicts by letters as columns of words."""
    # A letter that is none of ours has a place as well: nothing is left to be looked through.
    found = [pa.DictionaryArray.from_arrays(pa.array(one), _WORDS, safe=False) for one in codes(part)]
    return pa.Table.from_arrays([part.column(ID), *found], schema=schema)


class VerdictColumns:
    """Collects answers as columns of verdicts."""

    whole = False

    def __init__(self, rules: tuple[str, ...]) -> None:
        self._rules, self._schema = rules, verdict_schema(rules)

    def add(self, *answers: Answers) -> pa.Table:
        """Return the verdicts of a batch."""
        return _columns_of(self._schema, lettered(answers[0], self._rules))

    def part(self, *answers: Answers) -> Part:
        """Return the verdicts of a batch, by letters."""
        return Part({}, lettered(answers[0], self._rules))

    def state(self) -> Mapping[str, Any]:
        """Nothing is counted."""
        return {}

    def merge(self, counted: Any) -> None:
        """Nothing is counted."""


class PlacedColumns(VerdictColumns):
    """Collects answers as columns of verdicts and of sections; a rule that no line names has none."""

    whole = True

    def __init__(self, rules: tuple[str, ...], *, decide: bool = False) -> None:
        super().__init__(rules)
        self._whole = placed_schema(rules)
        self._sections = sections_told(decide=decide)

    def part(self, *answers: Answers) -> Part:
        """Return verdicts and sections of a batch as rows to be written."""
        one = answers[0]
        named = [self._named(one, rule) for rule in self._rules]
        return Part({}, pa.Table.from_arrays([*self.add(one).columns, *named], schema=self._whole))

    def _named(self, answers: Answers, rule: str) -> pa.ListArray:
        nobody = numpy.zeros(len(answers), bool)
        flags = numpy.array([answers.sections.get((rule, section), nobody) for section in self._sections]).T
        which = numpy.nonzero(flags)[1].astype(numpy.int32)
        ends = numpy.concatenate([[0], numpy.cumsum(flags.sum(axis=1))]).astype(numpy.int32)
        return pa.ListArray.from_arrays(pa.array(ends), pa.array(self._sections).take(pa.array(which)))
