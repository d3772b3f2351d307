"""``oncocds cohort gaps``: which patients a rule or an action asks something of, or waits for something of, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa

from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.knowledge.knowledge import Knowledge
from oncocds.reading.nearest import suggestion
from oncocds_cohort.answers import Answers, Dues, Flags
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.parts import Collector, Part
from oncocds_cohort.outputs.running import Ran, run
from oncocds_cohort.outputs.tables import check_format, write_table

_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("rule", pa.string()),
        ("state", pa.string()),
        ("missing", pa.list_(pa.string())),
        ("monitoring", pa.string()),
        ("last_done", pa.date32()),
        ("due_on", pa.date32()),
        ("by_policy", pa.string()),
        ("passage", pa.string()),
    ]
)
DUE, STEPPED_BACK, WAITING = "due", "stepped back", "waiting"
OVERDUE, MAYBE, UNDATED, NOT_YET = "overdue", "may be overdue", "no date", "not overdue"


def gaps(asked: Asked, names: Sequence[str], out: Path, *, overdue: bool = False) -> Ran:
    """Write who is due and who waits for which facts, by some rules or actions, to a Parquet or CSV file.

    What such a rule asks to check again has a row of its own for each thing of which the site has set how often:
    when it was done last and is due next. With ``overdue`` only what is past that day, may be, or has no date.
    Raises ``InputError`` or ``EngineFault``.
    """
    check_format(out)
    knowledge = asked.engines[0].knowledge
    rules = listed_rules(names, asked.engines[0], overdue=overdue)
    kept = asked.kept(out, f"gaps {' '.join(rules)}{' overdue' if overdue else ''}")
    told = asked.told() | {rule: _words(rule, knowledge) for rule in rules}

    def write(path: Path, parts: Iterator[pa.Table]) -> None:
        write_table(path, out, _SCHEMA, parts, told)

    with kept.held(), kept.writing(write):
        ran, _ = run(asked, partial(listing, rules, overdue), kept)
    return ran


def listed_rules(names: Sequence[str], engine: Engine, *, overdue: bool) -> list[str]:
    """Return the rules of some names, of which, where ``overdue``, something can be. Raises ``InputError``."""
    rules = rules_of(names, engine.knowledge)
    if overdue:
        _check_set(engine, rules)
    return rules


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
                [
                    Problem(
                        "RULE|ACTION",
                        f"no rule or action '{name}'{suggestion(name, known)}",
                        "an id of 'oncocds rules'",
                    )
                ]
            )
        found += [name] if name in knowledge.conditions else of_action
    return list(dict.fromkeys(found))


def _check_set(engine: Engine, rules: Sequence[str]) -> None:
    """Raise ``InputError`` where nothing that the rules ask for can be overdue: an empty list would say more."""
    of_rules = [one for one in engine.knowledge.vocabulary.monitoring.values() if not set(rules).isdisjoint(one.rules)]
    settings = [one.setting for one in of_rules]
    if not of_rules:
        problem = Problem("--overdue", "nothing that these rules ask for is checked again", "a rule of monitoring")
    elif all(getattr(engine.policy, one) is None for one in settings):
        named = " or ".join(settings)
        problem = Problem("--overdue", "the site has not set how often: no document says it", f"{named} in --policy")
    else:
        return
    raise InputError([problem])


def passage_words(rule_id: str, knowledge: Knowledge) -> str:
    """Return the passages that a rule states, each with its place."""
    stated = [one for one in knowledge.passages[rule_id] if one.role == "states"]
    return " ".join(f"“{one.quote}” [{one.document}:{one.start}-{one.end}]" for one in stated)


def _words(rule_id: str, knowledge: Knowledge) -> str:
    rule = knowledge.rules[rule_id]
    return f"{rule.title.zh} / {rule.title.en}"


def listing(rules: Sequence[str], overdue: bool, asked: Asked) -> Collector:
    """Return what lists."""
    return _Lists(rules, asked.engines[0].knowledge, overdue)


class _Lists:
    whole = True

    def __init__(self, rules: Sequence[str], knowledge: Knowledge, overdue: bool) -> None:
        self._rules, self._overdue = rules, overdue
        self._passages = {rule: passage_words(rule, knowledge) for rule in rules}
        monitoring = knowledge.vocabulary.monitoring.values()
        self._checked_again = {rule: [one.id for one in monitoring if rule in one.rules] for rule in rules}

    def part(self, *answers: Answers) -> Part:
        return Part({}, pa.concat_tables([table for rule in self._rules for table in self._of(rule, answers[0])]))

    def _of(self, rule: str, answers: Answers) -> Iterator[pa.Table]:
        """Yield the rows of a rule: first those that tell of no day."""
        fires, listed = answers.fires[rule], answers.fires[rule] | answers.undetermined(rule)
        dues = {name: answers.dues[name] for name in self._checked_again[rule] if name in answers.dues}
        if not dues:
            yield self._rows(rule, answers, listed & (not self._overdue))
            return
        yield self._rows(rule, answers, listed & ~fires & (not self._overdue))
        for name, one in dues.items():
            told = one.overdue | one.unsure | one.undated if self._overdue else True
            yield self._rows(rule, answers, fires & told, name, one)

    def _rows(
        self, rule: str, answers: Answers, listed: Flags, monitoring: str | None = None, dues: Dues | None = None
    ) -> pa.Table:
        at = numpy.flatnonzero(listed)
        state = numpy.where(answers.active[rule], DUE, numpy.where(answers.fires[rule], STEPPED_BACK, WAITING))[at]
        size = len(at)
        nothing = [pa.nulls(size, one) for one in (pa.date32(), pa.date32(), pa.string())]
        return pa.Table.from_arrays(
            [
                answers.ids.take(pa.array(at)),
                pa.repeat(rule, size),
                pa.array(state.tolist(), pa.string()),
                missing_lists(rule, answers, at),
                pa.repeat(pa.scalar(monitoring, pa.string()), size),
                *(nothing if dues is None else _days(dues, at)),
                pa.repeat(self._passages[rule], size),
            ],
            schema=_SCHEMA,
        )

    def state(self) -> Mapping[str, Any]:
        return {}

    def merge(self, counted: Any) -> None:
        """Nothing is counted."""


def _days(dues: Dues, at: numpy.typing.NDArray[numpy.intp]) -> list[pa.Array]:
    """Return when something was done last, is due next, and how that stands by the site's interval."""
    words = numpy.where(dues.overdue, OVERDUE, numpy.where(dues.unsure, MAYBE, NOT_YET))
    words = numpy.where(dues.undated, UNDATED, words)[at]
    days = [pa.array(one[at].astype(object), pa.date32()) for one in (dues.last, dues.due)]
    return [*days, pa.array(words.tolist(), pa.string())]


def missing_lists(rule: str, answers: Answers, at: numpy.typing.NDArray[numpy.intp]) -> pa.ListArray:
    """Return of some patients of a batch the facts that a rule lacks, by name."""
    facts = sorted(fact for of_rule, fact in answers.missing if of_rule == rule)
    lacks: Sequence[Flags] = [answers.missing[rule, fact][at] for fact in facts]
    by_patient = numpy.array(lacks, bool).reshape(len(facts), len(at)).T
    which = numpy.nonzero(by_patient)[1].astype(numpy.int32)
    ends = numpy.concatenate([[0], numpy.cumsum(by_patient.sum(axis=1))]).astype(numpy.int32)
    names = pa.array(facts, pa.string()).take(pa.array(which))
    return pa.ListArray.from_arrays(pa.array(ends), names)
