"""Two plans that read one profile, as one: what both ask of a batch is computed once."""

from __future__ import annotations

import pyarrow as pa

from oncocds_cohort.answers import Answers
from oncocds_cohort.columns.plan import Plan
from oncocds_cohort.columns.vectors import Program

_MONTHS = "result_age_months"  # decides which results are read at all


class Pair:
    """An old and a new plan."""

    def __init__(self, old: Plan, new: Plan) -> None:
        self._old, self._new = old, new
        both = {(name, key): term for name, plan in (("old", old), ("new", new)) for key, term in plan.wanted.items()}
        self._program = Program(both)
        of_rules = {rule: (_of(old, rule), _of(new, rule)) for rule in old.rules if rule in new.rules}
        self.same = frozenset(rule for rule, (before, after) in of_rules.items() if before == after)
        """The rules whose terms are the same in both: they answer every patient the same."""

    @staticmethod
    def readable(old: Plan, new: Plan) -> bool:
        """Tell whether two plans read a batch alike: then their terms mean the same."""
        alike = old.knowledge.digests["vocabulary"] == new.knowledge.digests["vocabulary"] and old.as_of == new.as_of
        return alike and getattr(old.policy, _MONTHS, None) == getattr(new.policy, _MONTHS, None)

    def run(self, batch: pa.RecordBatch) -> tuple[Answers, Answers]:
        """Answer by the old and by the new."""
        found = self._old.computed(self._program, batch)
        old, new = ({key: flags for (of, key), flags in found.items() if of == name} for name in ("old", "new"))
        return self._old.answers(batch, old), self._new.answers(batch, new)


def _of(plan: Plan, rule: str) -> dict[tuple[str, str], int]:
    """Return the terms of a rule by what they are wanted for; terms are kept once, so equal ones are one.

    Where it is read in the briefing turns on other rules as well: nothing that is compared.
    """
    wanted = plan.wanted.items()
    return {(kind, fact): term.id for (kind, of_rule, fact), term in wanted if of_rule == rule and kind != "section"}
