"""Proving: every claim put to the solver, every patient found replayed through the real engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import z3

from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds.errors import InputError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import STRICT
from oncocds.proofs.claims import all_claims
from oncocds.proofs.claims.claim import Claim, Question, Shown
from oncocds.proofs.declared import Declared
from oncocds.proofs.patients import Plain, patient_of
from oncocds.proofs.situation import Situation
from oncocds.proofs.smallest import smallest

Verdict = Literal["proved", "refuted", "not replayed", "declared", "open"]
_PLAIN = (100, 4, 1)  # where a patient is not confirmed: with numbers on a coarser and coarser grid
_PATIENCE = 60_000  # milliseconds for one question; none has needed a hundredth of it


@dataclass(frozen=True, slots=True)
class Witness:
    """A patient who refutes a claim: profile and policy as a caller would send them."""

    profile: Plain
    policy: Plain


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question; a refuted one has the smallest patient found, where a patient refutes it."""

    question: Question
    verdict: Verdict
    witness: Witness | None = None
    why: str = ""


@dataclass(slots=True)
class Result:
    """What became of a claim."""

    claim: Claim
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, *verdicts: Verdict) -> int:
        """Return how many questions came out so."""
        return sum(outcome.verdict in verdicts for outcome in self.outcomes)

    @property
    def holds(self) -> bool:
        """Whether every question is proved, or a declared exception."""
        return self.count("proved", "declared") == len(self.outcomes)


class Prover:
    """Puts claims about some knowledge to the solver. Raises ``UnreadableError`` for a derived fact it cannot read."""

    def __init__(self, knowledge: Knowledge, declared: Declared) -> None:
        self.situation = Situation(knowledge, declared)
        self._engine = Engine(knowledge, STRICT)
        self._solver = z3.Solver()
        self._solver.set("timeout", _PATIENCE)
        self._axioms = 0

    def results(
        self, claims: tuple[Claim, ...] | None = None, wanted: Callable[[Question], bool] = lambda _: True
    ) -> Iterator[Result]:
        """Yield the result of each claim (by default of all), one by one, of the questions wanted."""
        for claim in all_claims() if claims is None else claims:
            started = time.perf_counter()
            result = Result(claim)
            # All questions are read first: what one of them makes known of the patient binds the others too.
            for question in [one for one in claim.questions(self.situation) if wanted(one)]:
                result.outcomes.append(self._outcome(claim, question))
            result.seconds = time.perf_counter() - started
            yield result

    def _outcome(self, claim: Claim, question: Question) -> Outcome:
        found, model = self.model(question.formula)
        if found == z3.unknown:
            return Outcome(question, "open", why="the solver gave up")
        declared = self.situation.declared.exception(claim.id, question.subject)
        if found == z3.unsat:
            if not question.possible or (question.unless is not None and self.model(question.unless)[0] == z3.unsat):
                return Outcome(question, "proved")
            return Outcome(question, "declared" if declared else "refuted", why=declared or "no patient fits")
        before, replayed = self._replayed(question, model)
        for parts in _PLAIN:
            if not replayed:
                plain = self.situation.reading.recorded.plain_numbers(parts)
                _, model = self.model(z3.And(question.formula, plain))
                before, replayed = self._replayed(question, model) if model is not None else (before, False)
        if not replayed:
            return Outcome(question, "declared" if declared else "not replayed", before, declared or "")
        if question.possible:
            return Outcome(question, "proved")
        if declared:
            return Outcome(question, "declared", why=declared)
        small = before if question.then else smallest(before, lambda one: self._shows(one, question.shown))
        return Outcome(question, "refuted", small)

    def _replayed(self, question: Question, model: Any) -> tuple[Witness, bool]:
        """Return the patient of a model, and whether the real engine shows of him what the solver found."""
        before, after = (self._witness(model, state) for state in ("before", "after"))
        shown = self._shows(before, question.shown)
        return before, shown and (question.then is None or self._shows(after, question.then))

    def model(self, formula: Any) -> tuple[Any, Any]:
        """Return whether some patient fits, and the solver's model of one."""
        axioms = self.situation.reading.recorded.axioms
        self._solver.add(*axioms[self._axioms :])
        self._axioms = len(axioms)
        self._solver.push()
        self._solver.add(formula)
        found = self._solver.check()
        model = self._solver.model() if found == z3.sat else None
        self._solver.pop()
        return found, model

    def _witness(self, model: Any, state: Any) -> Witness:
        return Witness(*patient_of(model, self.situation.reading.recorded, state))

    def evaluate(self, witness: Witness) -> Evaluation:
        """Evaluate a patient with the real engine. Raises ``InputError`` where the profile is refused."""
        return self._engine.evaluate(witness.profile, witness.policy, "2026-01-01")

    def _shows(self, witness: Witness, shown: Shown) -> bool:
        try:
            return shown(self.evaluate(witness))
        except InputError:
            return False
