"""The plan: all rules of some knowledge under a policy, over columns."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Self, TypeVar, cast

import numpy as np
import pyarrow as pa

from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import Policy
from oncocds.uncollected import uncollected
from oncocds_cohort.answers import Answers, Flags, Placed
from oncocds_cohort.columns.conditions import Reading
from oncocds_cohort.columns.derivations import Derivations
from oncocds_cohort.columns.drugs_told import in_full
from oncocds_cohort.columns.dueness import dues
from oncocds_cohort.columns.facts import OpenFacts
from oncocds_cohort.columns.history import filled_in
from oncocds_cohort.columns.packing import Packed, packed, unpacked
from oncocds_cohort.columns.precedence import Standing
from oncocds_cohort.columns.recorded import Recorded
from oncocds_cohort.columns.sections import Sections, late_first
from oncocds_cohort.columns.terms import FALSE, Term, forget_unused
from oncocds_cohort.columns.vectors import Program, pairs_of

_Key = tuple[str, str, str]
_Any = TypeVar("_Any")
_MOST_PAIRS = 4_000_000  # of two items of a patient: what is looked at at once


class Plan:
    """Answers for batches of patients what the engine answers for one; made once for some knowledge and a policy."""

    def __init__(
        self, knowledge: Knowledge, policy: Policy, as_of: datetime.date, wanted: Packed[_Key] | None = None
    ) -> None:
        forget_unused()
        self.knowledge = knowledge
        self.policy = policy
        self.as_of = as_of
        self.facts = OpenFacts(knowledge.vocabulary, policy)
        self.facts.derive = Derivations()
        self.reading = Reading(self.facts, knowledge)
        self.standing = Standing(knowledge, self.facts, self.reading)
        self.rules = tuple(knowledge.conditions)
        self.wanted = dict(self._wanted()) if wanted is None else unpacked(wanted)

    @classmethod
    def of(cls, knowledge: Knowledge, policy: Policy, *, as_of: datetime.date) -> Self:
        """Read all rules. Raises ``UnreadableError`` for a rule or a derived fact that no column can tell."""
        with uncollected():
            return cls(knowledge, policy, as_of)

    @property
    def packed(self) -> Packed[_Key]:
        """What the rules were read as, for another process that has the same knowledge, policy and modules."""
        return packed(self.wanted)

    def answers(self, batch: pa.RecordBatch, computed: Mapping[_Key, Flags]) -> Answers:
        """Return what was computed for a batch as answers, with what is due."""
        found = answers(batch, computed)
        due = dues(batch, self.knowledge.vocabulary, self.policy, self.as_of, found.fires)
        return replace(found, dues=due, sections=late_first(found, due, self.knowledge)) if due else found

    @cached_property
    def program(self) -> Program[_Key]:
        """All that the plan computes."""
        return Program(self.wanted)

    @cached_property
    def program_of_verdicts(self) -> Program[_Key]:
        """What of it is verdicts."""
        return Program({key: term for key, term in self.wanted.items() if key[0] in ("fires", "silent")})

    def run(self, batch: pa.RecordBatch, *, whole: bool = True) -> Answers:
        """Answer for a batch of the schema of profiles; not ``whole``: with verdicts alone, for half the time."""
        if whole:
            return self.answers(batch, self.computed(self.program, batch))
        return replace(answers(batch, self.computed(self.program_of_verdicts, batch)), whole=False)

    def computed(self, program: Program[_Any], batch: pa.RecordBatch) -> Mapping[_Any, Flags]:
        """Compute a program over a batch as this plan reads it."""
        batch = in_full(filled_in(batch, self.knowledge.vocabulary, self.as_of), self.knowledge.vocabulary)
        found = [program.run(self._recorded(part)) for part in self._parts(batch)]
        return found[0] if len(found) == 1 else {key: np.concatenate([one[key] for one in found]) for key in found[0]}

    def term(self, rule: str) -> tuple[Term, Term]:
        """Return when a rule fires and when it is silent: the same terms for rules that always agree in both."""
        read = self.reading.condition(self.knowledge.rule_condition(rule))
        return read.true, read.false

    def _wanted(self) -> Iterator[tuple[_Key, Term]]:
        for rule, section, named in Sections(self.knowledge, self.facts, self.reading, self.standing).placed():
            if named is not FALSE:
                yield ("section", rule, section), named
        for rule in self.rules:
            read = self.reading.condition(self.knowledge.rule_condition(rule))
            yield ("fires", rule, ""), read.true
            yield ("silent", rule, ""), read.false
            yield ("active", rule, ""), self.standing.active(rule)
            for fact, lacking in read.missing.conditions.items():
                if lacking is not FALSE:
                    yield ("missing", rule, fact), lacking

    def _recorded(self, batch: pa.RecordBatch) -> Recorded:
        months = vars(self.policy).get("result_age_months")
        return Recorded(batch, self.knowledge.vocabulary, months, self.as_of)

    def _parts(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Yield a batch in parts in which not too many pairs of items are to be looked at, one at least."""
        pairs = np.cumsum(pairs_of(self._recorded(batch), ("lesions", "medications", "radiotherapy", "toxicities")))
        begin = 0
        while begin < batch.num_rows or begin == 0:
            before = pairs[begin - 1] if begin else 0
            end = max(int(np.searchsorted(pairs, before + _MOST_PAIRS, side="right")), begin + 1)
            yield batch.slice(begin, end - begin)
            if end >= batch.num_rows:
                return
            begin = end


def answers(batch: pa.RecordBatch, computed: Mapping[_Key, Flags]) -> Answers:
    """Return what was computed for a batch as answers."""
    by: dict[str, dict[str, Flags]] = {"fires": {}, "silent": {}, "active": {}}
    missing: dict[tuple[str, str], Flags] = {}
    sections: dict[tuple[str, Placed], Flags] = {}
    for (kind, rule, fact), flags in computed.items():
        if kind == "missing":
            missing[rule, fact] = flags
        elif kind == "section":
            sections[rule, cast(Placed, fact)] = flags
        else:
            by[kind][rule] = flags
    return Answers(batch.column("id"), by["fires"], by["silent"], by["active"], missing, sections)
