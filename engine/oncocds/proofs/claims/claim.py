"""What a claim is: a sentence about every patient, and the questions to a solver that decide it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from oncocds.advice.result import Evaluation
from oncocds.language.tree import Condition
from oncocds.language.truth import Truth
from oncocds.profile.facts import PatientFacts
from oncocds.proofs.situation import Situation
from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the real engine says of a patient, his facts, and the truth of any condition about him.

    ``begun`` gives the same answer with its beginning, which takes longer.
    """

    evaluation: Evaluation
    truth: Callable[[Condition], Truth]
    facts: PatientFacts
    begun: Callable[[], Evaluation]


Shown = Callable[[Replayed], bool]


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the solver.

    ``of`` are the rules it is about. ``formula`` is what must never be (a patient who fits refutes the claim) or, with
    ``possible``, what must be possible (that no patient fits refutes it). ``shown`` tells whether the real engine's
    answer on the patient found shows the same; ``then`` tells it of the same patient with more known. Where nobody
    fits ``unless``, nothing is claimed.
    """

    subject: str
    of: tuple[str, ...]
    formula: Any
    shown: Shown
    possible: bool = False
    then: Shown | None = None
    unless: Any = None


class Claim:
    """A claim; one small class each, found by itself in the modules beside this one."""

    id: str
    says: Text

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Yield the questions that decide the claim."""
        yield from ()


def fires(rule: str) -> Shown:
    """Return that a rule fires."""
    return lambda patient: patient.evaluation.verdicts[rule] == "fires"


def silent(rule: str) -> Shown:
    """Return that a rule is silent."""
    return lambda patient: patient.evaluation.verdicts[rule] == "silent"


def undetermined(rule: str) -> Shown:
    """Return that a rule is undetermined."""
    return lambda patient: patient.evaluation.verdicts[rule] == "undetermined"


def active(rule: str) -> Shown:
    """Return that a rule fires and one of its grounds is not demoted."""
    return _has_ground(rule, "active")


def demoted(rule: str) -> Shown:
    """Return that a ground of a rule is demoted."""
    return _has_ground(rule, "demoted")


def _has_ground(rule: str, status: str) -> Shown:
    return lambda patient: any(
        ground.rule == rule and ground.status == status for item in patient.evaluation.advice for ground in item.grounds
    )


def comes_to(condition: Condition, truth: Truth) -> Shown:
    """Return that a condition is true, false or unknown."""
    return lambda patient: patient.truth(condition) is truth


def both(*shown: Shown) -> Shown:
    """Return that everything is shown."""
    return lambda patient: all(one(patient) for one in shown)


def never(shown: Shown) -> Shown:
    """Return that something is not shown."""
    return lambda patient: not shown(patient)
