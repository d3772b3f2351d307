"""Proving: every claim put to the solver, every patient found replayed through the real engine."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import z3

from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds.errors import InputError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.truth import truth
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.policy import STRICT
from oncocds.profile.reading import read_policy, read_profile
from oncocds.proofs.claims import all_claims
from oncocds.proofs.claims.claim import Claim, Question, Replayed
from oncocds.proofs.declared import Declared
from oncocds.proofs.patients import Witness, patient_of
from oncocds.proofs.situation import Situation
from oncocds.proofs.smallest import smallest

Verdict = Literal["proved", "refuted", "not replayed", "declared", "open"]
AS_OF = datetime.date(2026, 1, 1)
_PLAIN = (100, 4, 1)  # where a patient is not confirmed: with numbers on a coarser and coarser grid
_PATIENCE = 60_000  # milliseconds for one question; none has needed a hundredth of it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the question on a subject, which is about the rules ``of``.

    ``states`` is the patient who refutes it or, for what must be possible, shows it; in a claim on learning, the
    patient in two states of knowledge.
    """

    subject: str
    of: tuple[str, ...]
    verdict: Verdict
    why: str = ""
    states: tuple[Witness, ...] = ()


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
    def failed(self) -> list[Outcome]:
        """The questions that are neither proved nor a declared exception."""
        return [outcome for outcome in self.outcomes if outcome.verdict not in ("proved", "declared")]


class Prover:
    """Puts claims about some knowledge to the solver. Raises ``UnreadableError`` for a derived fact it cannot read."""

    def __init__(self, knowledge: Knowledge, declared: Declared) -> None:
        self.situation = Situation(knowledge, declared)
        self._engine = Engine(knowledge, STRICT)
        self._solver = z3.Solver()
        self._solver.set("timeout", _PATIENCE)
        self._axioms = 0

    def results(
        self, claims: tuple[Claim, ...] | None = None, wanted: Callable[[int, Question], bool] = lambda *_: True
    ) -> Iterator[Result]:
        """Yield the result of each claim (by default of all), one by one, of the questions wanted, told by number."""
        for claim in all_claims() if claims is None else claims:
            started = time.perf_counter()
            result = Result(claim)
            # All questions are read first: what one of them makes known of the patient binds the others too.
            for question in [one for number, one in enumerate(claim.questions(self.situation)) if wanted(number, one)]:
                result.outcomes.append(self._outcome(claim, question))
            result.seconds = time.perf_counter() - started
            yield result

    def _outcome(self, claim: Claim, question: Question) -> Outcome:
        outcome = partial(Outcome, question.subject, question.of)
        found, model = self.model(question.formula)
        if found == z3.unknown:
            return outcome("open", "the solver gave up")
        declared = self.situation.declared.exception(claim.id, question.subject)
        if found == z3.unsat:
            if not question.possible or (question.unless is not None and self.model(question.unless)[0] == z3.unsat):
                return outcome("proved")
            return outcome("declared" if declared else "refuted", declared or "no patient fits")
        states = self._states(question, model)
        shown = self._shows(question, states)
        for parts in () if shown else _PLAIN:
            plain = self.situation.reading.recorded.plain_numbers(parts)
            _, model = self.model(z3.And(question.formula, plain))
            if model is not None:
                states = self._states(question, model)
                if shown := self._shows(question, states):
                    break
        if not shown:
            return outcome("declared" if declared else "not replayed", declared or "", states)
        if question.possible:
            return outcome("proved", states=states)
        if declared:
            return outcome("declared", declared)
        return outcome("refuted", states=smallest(states, partial(self._shows, question)))

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

    def evaluate(self, witness: Witness, *, begin: bool = False) -> Evaluation:
        """Evaluate a patient with the real engine. Raises ``InputError`` where the profile is refused."""
        return self._engine.evaluate(witness.profile, witness.policy, AS_OF.isoformat(), begin=begin)

    def facts(self, witness: Witness) -> PatientFacts:
        """Return the facts of a patient. Raises ``InputError`` where the profile is refused."""
        vocabulary = self.situation.knowledge.vocabulary
        profile = identified(read_profile(witness.profile, vocabulary))
        return PatientFacts(profile, read_policy(witness.policy, vocabulary), vocabulary, AS_OF)

    def _states(self, question: Question, model: Any) -> tuple[Witness, ...]:
        """Return the patient of a model and, where the question is about learning, the patient with more known."""
        recorded = self.situation.reading.recorded
        before = patient_of(model, recorded)
        return (before,) if question.then is None else (before, patient_of(model, recorded, "after"))

    def _shows(self, question: Question, states: tuple[Witness, ...]) -> bool:
        """Return whether the real engine shows of the patient what the question asks for."""
        expected = (question.shown,) if question.then is None else (question.shown, question.then)
        try:
            return all(shown(self._replayed(state)) for shown, state in zip(expected, states, strict=True))
        except InputError:
            return False

    def _replayed(self, witness: Witness) -> Replayed:
        knowledge, facts = self.situation.knowledge, self.facts(witness)
        return Replayed(
            self.evaluate(witness),
            lambda condition: truth(condition, facts, knowledge),
            facts,
            lambda: self.evaluate(witness, begin=True),
        )
