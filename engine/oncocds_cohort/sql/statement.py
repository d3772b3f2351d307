"""The statement: a row for each row of a table of patients, with every rule's verdict.

Who has something that SQL does not read as the engine does has no verdicts (null), and ``not_answered`` says where in
the profile it is. What is not looked at is not checked: a table is for ``oncocds cohort check`` first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.terms import Term
from oncocds_cohort.schema import ID
from oncocds_cohort.sql.dialects import Dialect
from oncocds_cohort.sql.expressions import Expressions
from oncocds_cohort.sql.layers import Layers, Piece, joined
from oncocds_cohort.sql.recorded import Facts
from oncocds_cohort.sql.refusals import NotExpressibleError

NOT_ANSWERED = "not_answered"
_MONTHS = "result_age_months"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement; ``rules`` are its columns, ``refused`` the rules that it cannot answer for, and why."""

    text: str
    rules: tuple[str, ...]
    refused: Mapping[str, str]

    @classmethod
    def of(cls, plan: Plan, dialect: Dialect, table: Sequence[str]) -> Self:
        """Say the verdicts of a plan over a table, named by its parts (catalogue, schema, name)."""
        return cls.of_terms(plan, {rule: plan.term(rule) for rule in plan.rules}, dialect, table)

    @classmethod
    def of_terms(
        cls, plan: Plan, terms: Mapping[str, tuple[Term, Term]], dialect: Dialect, table: Sequence[str]
    ) -> Self:
        """Say when something is true and when it is false, by its name, as a plan reads patients."""
        layers = Layers(dialect, ".".join(map(dialect.quoted, table)))
        months = getattr(plan.policy, _MONTHS, None)
        facts = Facts(layers, dialect, plan.knowledge.vocabulary, months, plan.as_of)
        expressions = Expressions(layers, dialect, facts, [one for both in terms.values() for one in both])
        said: dict[str, tuple[Piece, Piece]] = {}
        refused: dict[str, str] = {}
        for rule, (fires, silent) in terms.items():
            try:
                said[rule] = (expressions.piece(fires), expressions.piece(silent))
            except NotExpressibleError as error:
                refused[rule] = str(error)
        doubtful = layers.of_patient(NOT_ANSWERED, _doubtful(facts, dialect))
        last = {ID: facts.identity()}
        for rule, both in said.items():
            last[rule] = _verdict(*both, doubtful)
        last[NOT_ANSWERED] = doubtful
        return cls(layers.statement(last), tuple(said), refused)


def _doubtful(facts: Facts, dialect: Dialect) -> Piece:
    """Return the first place that is not read as the engine reads it, null where there is none."""
    found = [(name, one) for name, several in facts.doubts.items() for one in several]
    cases = " ".join(f"WHEN {one.text} THEN {dialect.text(name)}" for name, one in found)
    return joined(f"CASE {cases} END", [one for _, one in found])


def _verdict(fires: Piece, silent: Piece, doubtful: Piece) -> Piece:
    text = (
        f"CASE WHEN {doubtful.text} IS NOT NULL THEN NULL WHEN {fires.text} THEN 'fires' "
        f"WHEN {silent.text} THEN 'silent' ELSE 'undetermined' END"
    )
    return joined(text, [fires, silent, doubtful])
