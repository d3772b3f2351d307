"""``oncocds cohort gaps``: which patients a rule or an action asks something of, or waits for something of, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa

from oncocds.errors import InputError, Problem
from oncocds.knowledge.knowledge import Knowledge
from oncocds.reading.nearest import suggestion
from oncocds_cohort.answers import Answers, Flags
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.running import Ran, run
from oncocds_cohort.outputs.tables import check_format, write_table
from oncocds_cohort.outputs.working import Part

_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("rule", pa.string()),
        ("state", pa.string()),
        ("missing", pa.list_(pa.string())),
        ("passage", pa.string()),
    ]
)
DUE, STEPPED_BACK, WAITING = "due", "stepped back", "waiting"


def gaps(asked: Asked, names: Sequence[str], out: Path) -> Ran:
    """Write who is due and who waits for which facts, by some rules or actions, to a Parquet or CSV file.

    Raises ``InputError`` or ``EngineFault``.
    """
    check_format(out)
    knowledge = asked.engines[0].knowledge
    rules = rules_of(names, knowledge)
    kept = asked.kept(out, f"gaps {' '.join(rules)}")
    told = asked.told() | {rule: _words(rule, knowledge) for rule in rules}
    with kept.held():
        ran, _ = run(asked, partial(_lists, rules), kept)
        with kept.written() as path:
            write_table(path, out, _SCHEMA, kept.parts(), told)
    return ran


def rules_of(names: Sequence[str], knowledge: Knowledge) -> list[str]:
    """Return the rules that some names mean, each the id of a rule or of an action. Raises ``InputError``."""
    found: list[str] = []
    for name in names:
        of_action = [rule for rule in knowledge.conditions if knowledge.rules[rule].action == name]
        if name in knowledge.rules and name not in knowledge.conditions:
            raise InputError(
                [Problem(name, "it is evidence, which has no verdict", "a rule that advises, or an action")]
            )
        if name not in knowledge.conditions and not of_action:
            known = (*knowledge.conditions, *knowledge.actions)
            raise InputError(
                [Problem("", f"no rule or action '{name}'{suggestion(name, known)}", "an id of 'oncocds rules'")]
            )
        found += [name] if name in knowledge.conditions else of_action
    return list(dict.fromkeys(found))


def passage_words(rule_id: str, knowledge: Knowledge) -> str:
    """Return the passages that a rule states, each with its place."""
    stated = [one for one in knowledge.passages[rule_id] if one.role == "states"]
    return " ".join(f"“{one.quote}” [{one.document}:{one.start}-{one.end}]" for one in stated)


def _words(rule_id: str, knowledge: Knowledge) -> str:
    rule = knowledge.rules[rule_id]
    return f"{rule.title.zh} / {rule.title.en}"


def _lists(rules: Sequence[str], asked: Asked) -> _Lists:
    return _Lists(rules, asked.engines[0].knowledge)


class _Lists:
    def __init__(self, rules: Sequence[str], knowledge: Knowledge) -> None:
        self._rules = rules
        self._passages = {rule: passage_words(rule, knowledge) for rule in rules}

    def part(self, *answers: Answers) -> Part:
        return Part({}, pa.concat_tables([self._of(rule, answers[0]) for rule in self._rules]))

    def _of(self, rule: str, answers: Answers) -> pa.Table:
        fires, active = answers.fires[rule], answers.active[rule]
        at = numpy.flatnonzero(fires | answers.undetermined(rule))
        state = numpy.where(active, DUE, numpy.where(fires, STEPPED_BACK, WAITING))[at]
        size = len(at)
        return pa.Table.from_arrays(
            [
                answers.ids.take(pa.array(at)),
                pa.repeat(rule, size),
                pa.array(state.tolist(), pa.string()),
                missing_lists(rule, answers, at),
                pa.repeat(self._passages[rule], size),
            ],
            schema=_SCHEMA,
        )

    def state(self) -> Mapping[str, Any]:
        return {}

    def merge(self, counted: Any) -> None:
        """Nothing is counted."""


def missing_lists(rule: str, answers: Answers, at: numpy.typing.NDArray[numpy.intp]) -> pa.ListArray:
    """Return of some patients of a batch the facts that a rule lacks, by name."""
    facts = sorted(fact for of_rule, fact in answers.missing if of_rule == rule)
    lacks: Sequence[Flags] = [answers.missing[rule, fact][at] for fact in facts]
    by_patient = numpy.array(lacks, bool).reshape(len(facts), len(at)).T
    which = numpy.nonzero(by_patient)[1].astype(numpy.int32)
    ends = numpy.concatenate([[0], numpy.cumsum(by_patient.sum(axis=1))]).astype(numpy.int32)
    names = pa.array(facts, pa.string()).take(pa.array(which))
    return pa.ListArray.from_arrays(pa.array(ends), names)
