"""The same answers by the engine, one patient after another; and the check that the columns answer as it does."""

from __future__ import annotations

import datetime
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

import numpy
import pyarrow as pa

from oncocds.advice.advised import Advised
from oncocds.advice.briefing import Briefing
from oncocds.advice.decisions import awaited
from oncocds.advice.first import Line, Monitored
from oncocds.advice.lines import Lines
from oncocds.advice.monitoring import overdue_by
from oncocds.advice.questions import Labels
from oncocds.advice.result import AdviceItem
from oncocds.engine import Engine
from oncocds.errors import ProfileError, ReadingsDisagree
from oncocds.knowledge.knowledge import Knowledge
from oncocds_cohort.answers import Answers, Days, Dues, Flags, Placed, Rows, decided, taken
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import ID

LEAST = 200
"""So many patients of every file are checked, or all."""
ONE_IN = 1_000
_Other = TypeVar("_Other", bound=str)
_ITEM = re.compile(r"\[[^\]]*\]")


class EngineReading:
    """The engine as a reading of batches: one evaluation a patient.

    It is made without the beginning of an answer, but to ``decide``: then it is that of the bedside.
    """

    def __init__(self, engine: Engine, as_of: datetime.date, *, decide: bool = False) -> None:
        self._engine, self._as_of, self.decide = engine, as_of, decide
        rules = engine.knowledge.rules
        self._rules = tuple(engine.knowledge.conditions)
        self._awaited = [rule for rule in self._rules if awaited(rules[rule], engine.knowledge)]
        self._without_item = frozenset(rule for rule in self._rules if rules[rule].action is None)
        self._order = ReadingOrder(engine.knowledge)
        again = engine.knowledge.vocabulary.monitoring.values()
        self._checked_again = tuple(one.id for one in again if getattr(engine.policy, one.setting) is not None)

    def run(self, batch: pa.RecordBatch, /, *, whole: bool = True, said: bool = True) -> Answers:
        """Answer for every patient of a batch; not ``whole``: by verdicts alone.

        These come from both readings of every rule, and nothing further is evaluated. Not ``said``: by the same advice,
        of which no whole answer is made, but to ``decide``. Raises ``ProfileError`` for one whom the engine refuses.
        """
        count = batch.num_rows
        fires, silent, active = ({rule: numpy.zeros(count, bool) for rule in self._rules} for _ in range(3))
        missing: dict[tuple[str, str], Flags] = {}
        sections: dict[tuple[str, Placed], Flags] = {}
        dues = {name: _nothing_due(count) for name in self._checked_again}
        for at, (_, profile) in enumerate(plain_rows(batch, self._engine.knowledge.vocabulary)):
            answer, named = self._advised(profile, said=said) if whole else (None, set())
            verdicts = self._engine.verdicts(profile, self._as_of) if answer is None else answer.verdicts
            for rule, verdict in verdicts.items():
                fires[rule][at], silent[rule][at] = verdict == "fires", verdict == "silent"
            if answer is None:
                continue
            for rule in self._active(answer) & active.keys():
                active[rule][at] = True
            for rule, facts in answer.missing.items():
                for fact in facts:
                    missing.setdefault((rule, _ITEM.sub("[]", fact)), numpy.zeros(count, bool))[at] = True
            for rule, section in named:
                sections.setdefault((rule, section), numpy.zeros(count, bool))[at] = True
            for told in answer.monitoring:
                _note(dues[told.monitoring], at, told)
        if not whole:
            return Answers(batch.column(ID), fires, silent, {}, {}, whole=False)
        return Answers(batch.column(ID), fires, silent, active, missing, sections, dues, decided=self.decide)

    def waiting(self, answers: Answers) -> Flags:
        """Return of whom some rule is undetermined that may stand among what waits for one answer.

        For nobody else does anything wait. It is nobody, where it is not to ``decide``.
        """
        rules = self._awaited if self.decide else []
        return reduce(numpy.logical_or, map(answers.undetermined, rules), numpy.zeros(len(answers), bool))

    def _advised(self, profile: Mapping[str, Any], *, said: bool) -> tuple[Advised, set[tuple[str, Placed]]]:
        """Return what is advised, and in which sections of the briefing rules are named."""
        if not (said or self.decide):
            advised = self._engine.advised(profile, self._as_of)
            return advised, self._order.of(advised.advice, advised.monitoring)
        answer = self._engine.evaluate(profile, None, self._as_of, begin=self.decide)
        missing: dict[str, list[str]] = defaultdict(list)
        for question in (*answer.questions.clinician, *answer.questions.site):
            for rule in question.would_decide:
                missing[rule].append(question.fact)
        advised = Advised(answer.verdicts, answer.advice, missing, answer.monitoring)
        return advised, _named(answer.briefing) if self.decide else self._order.of(answer.advice, answer.monitoring)

    def _active(self, answer: Advised) -> set[str]:
        """Return the rules of which some ground stands; a rule that makes no item has nothing that could step back."""
        grounds = (ground for item in answer.advice for ground in item.grounds)
        stands = {ground.rule for ground in grounds if ground.status == "active"}
        return stands | {rule for rule in self._without_item if answer.verdicts[rule] == "fires"}


class ReadingOrder:
    """Tells in which sections of the briefing rules are named, by the engine's own briefing of its advice.

    What waits for one answer is left out: it takes as long as all the rest.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        lines = Lines(knowledge.vocabulary, knowledge.actions, knowledge.rules, Labels(knowledge.vocabulary))
        self._briefing = Briefing(lines, knowledge.actions)

    def of(self, advice: Sequence[AdviceItem], due: Sequence[Monitored]) -> set[tuple[str, Placed]]:
        """Return the rules and sections of the lines that advice stands in; what is overdue leaves the background."""
        lines = self._briefing.briefing(advice, [], [], [], (), overdue=overdue_by(due))
        return _named(lines)


def _named(lines: Iterable[Line]) -> set[tuple[str, Placed]]:
    return {(rule, line.section) for line in lines for rule in line.rules}


def _nothing_due(count: int) -> Dues:
    asked, overdue, unsure = (numpy.zeros(count, bool) for _ in range(3))
    last, due = (numpy.full(count, "NaT", "datetime64[D]") for _ in range(2))
    return Dues(asked, last, due, overdue, unsure)


def _note(dues: Dues, at: int, told: Monitored) -> None:
    dues.asked[at], dues.overdue[at] = True, told.overdue is True
    dues.unsure[at] = told.due is not None and told.overdue is None
    dues.last[at], dues.due[at] = (numpy.datetime64(day or "NaT", "D") for day in (told.last, told.due))


def drawn(ids: pa.Array, already: int) -> Rows:
    """Return which patients of a batch are checked: those whose id's hash says so, one in a thousand.

    While fewer than ``LEAST`` were checked ``already`` in this run, those of the lowest hashes are taken as well. So of
    the same file the same patients are drawn, whoever runs it.
    """
    texts = ids.cast(pa.binary()).to_pylist()
    sums = numpy.fromiter(map(zlib.crc32, texts), numpy.uint64, len(texts))
    # A checksum keeps the order of counted-up ids; mixed (MurmurHash3's finaliser) it keeps nothing of it.
    for constant in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        sums = (sums ^ (sums >> numpy.uint64(33))) * numpy.uint64(constant)
    sums ^= sums >> numpy.uint64(33)
    order = numpy.argsort(sums, kind="stable")
    by_hash = int((sums < numpy.uint64(2**64 // ONE_IN)).sum())
    return numpy.sort(order[: max(by_hash, LEAST - already)])


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which two readings differ on one patient: nothing of the patient but the row.

    ``point`` is the rule, or the rule and the fact that it lacks.
    """

    row: int
    point: str
    engine: str
    columns: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.point}: the engine says {self.engine}, the columns say {self.columns}"


def differences(by_engine: Answers, by_columns: Answers, rows: Sequence[int]) -> Iterator[Difference]:
    """Yield in what two answers for the same patients differ, rule by rule; ``rows`` are their rows in the file.

    Where one of them is verdicts alone, only these are compared.
    """
    whole = by_engine.whole and by_columns.whole
    for rule in sorted(by_engine.fires.keys() ^ by_columns.fires.keys()):
        has, lacks = ("a verdict", "none")[:: 1 if rule in by_engine.fires else -1]
        yield from (Difference(row, rule, has, lacks) for row in rows[:1])
    rules = sorted(by_engine.fires.keys() & by_columns.fires.keys())
    engine, columns = (_states(one, rules, len(rows), whole=whole) for one in (by_engine, by_columns))
    for of, at in numpy.argwhere(engine != columns).tolist():
        yield Difference(rows[at], rules[of], _STATES[engine[of, at]], _STATES[columns[of, at]])
    if not whole:
        return
    for (rule, fact), at, words in _told_apart(by_engine.missing, by_columns.missing, ("known", "missing"), len(rows)):
        yield Difference(rows[at], f"{rule}, {fact}", *words)
    named = ("not there", "named there")
    for (rule, section), at, words in _told_apart(by_engine.sections, by_columns.sections, named, len(rows)):
        yield Difference(rows[at], f"{rule} in section {section}", *words)
    for name in sorted({*by_engine.dues, *by_columns.dues}):
        yield from _apart(name, by_engine.dues.get(name), by_columns.dues.get(name), rows)


def _told_apart(
    engine: Mapping[tuple[str, _Other], Flags],
    columns: Mapping[tuple[str, _Other], Flags],
    words: tuple[str, str],
    count: int,
) -> Iterator[tuple[tuple[str, _Other], int, tuple[str, str]]]:
    """Yield in which columns, and for which patients, two readings differ; one that is not there is of nobody."""
    none = numpy.zeros(count, bool)
    keys = sorted({*engine, *columns})
    one, two = (_stacked((flags.get(key, none) for key in keys), count) for flags in (engine, columns))
    for of, at in numpy.argwhere(one != two).tolist():
        yield keys[of], at, (words[int(one[of, at])], words[int(two[of, at])])


def _stacked(columns: Iterable[Flags], count: int) -> Flags:
    found = [*columns]
    return numpy.array(found, bool).reshape(len(found), count)


def _apart(name: str, engine: Dues | None, columns: Dues | None, rows: Sequence[int]) -> Iterator[Difference]:
    """Yield in what two readings differ on when something is due. No day is told: it is the patient's."""
    count = len(rows)
    one, two = (_nothing_due(count) if dues is None else dues for dues in (engine, columns))
    for of, (first, second) in {
        "is asked for": (one.asked, two.asked),
        "is overdue": (one.overdue, two.overdue),
        "may be overdue": (one.unsure, two.unsure),
    }.items():
        for at in numpy.flatnonzero(first != second).tolist():
            yield Difference(rows[at], f"{name} {of}", *(("no", "yes")[int(flags[at])] for flags in (first, second)))
    for of, (day, other) in {"was done last": (one.last, two.last), "is due": (one.due, two.due)}.items():
        for at in numpy.flatnonzero(_other_days(day, other)).tolist():
            yield Difference(rows[at], f"{name} {of}", "one day", "another day")


def _other_days(one: Days, two: Days) -> Flags:
    found: Flags = (one != two) & ~(numpy.isnat(one) & numpy.isnat(two))
    return found


_STATES = ("silent", "undetermined", "fires and steps back", "fires", "a contradiction")


def _states(answers: Answers, rules: Sequence[str], count: int, *, whole: bool) -> numpy.typing.NDArray[numpy.int8]:
    """Return how rules stand with patients, by the place in ``_STATES``: a row for each rule."""
    fires, silent = (_stacked((flags[rule] for rule in rules), count) for flags in (answers.fires, answers.silent))
    active = _stacked((answers.active[rule] for rule in rules), count) if whole else fires
    state = numpy.where(silent, 0, numpy.where(fires, 2 + active.astype(numpy.int8), 1)).astype(numpy.int8)
    state[(fires & silent) | (active & ~fires)] = 4
    return state


class Checking:
    """Puts the drawn patients of every batch through the engine, and stops the run where it says something else.

    The first ``LEAST`` go through all that makes a whole answer, the others through what is compared. An engine that is
    to decide answers in full for everybody of whom a rule waits as well.
    """

    def __init__(self, engine: EngineReading, checked: int = 0) -> None:
        self._engine = engine
        self.checked = checked

    def check(self, batch: pa.RecordBatch, answers: Answers, rows: Sequence[int]) -> Answers:
        """Check a batch, and return its answers, with what waits for one answer where that was asked.

        ``rows`` are the rows of its patients in the file. Raises ``ReadingsDisagree``.
        """
        waiting = self._engine.waiting(answers)
        at = numpy.union1d(drawn(batch.column(ID), self.checked), numpy.flatnonzero(waiting))
        if not len(at) and not self._engine.decide:
            return answers
        chosen, places = batch.take(pa.array(at)), [rows[one] for one in at]
        by_engine = self._answered(chosen, places, whole=answers.whole)
        told = decided(answers, by_engine, at, waiting) if self._engine.decide else answers
        found = list(differences(by_engine, taken(told, at), places))
        if found:
            first = min(found, key=lambda one: one.row)
            apart = len({one.row for one in found})
            raise ReadingsDisagree(
                f"{first}; {len(found)} differences in {apart} of {len(places)} patients compared; nothing was written"
            )
        self.checked += len(places)
        return told

    def _answered(self, chosen: pa.RecordBatch, places: Sequence[int], *, whole: bool) -> Answers:
        try:
            return self._engine.run(chosen, whole=whole, said=self.checked < LEAST)
        except ProfileError:
            pass  # which of them, and where: never the profile itself
        for at, row in enumerate(places):
            try:
                self._engine.run(chosen.slice(at, 1))
            except ProfileError as error:
                where = ", ".join(f"{one.pointer or '/'} ({one.reason})" for one in error.problems)
            else:
                continue
            raise ReadingsDisagree(f"row {row}: the reader took what the engine refuses: {where}; nothing was written")
        raise AssertionError("a patient was refused among others and not alone")
