"""Advice does not contradict itself."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.proofs.claims.claim import Claim, Question, active, both, demoted
from oncocds.proofs.situation import Situation
from oncocds.proofs.terms import all_of, negation_of
from oncocds.text import Text


class NoOpposingAdvice(Claim):
    """Advice declared to oppose each other is never active together, unless it is shown as a conflict."""

    id = "no-opposing-advice"
    says = Text(
        "相反的建议不会同时生效，除非作为冲突一并展示",
        "Opposing advice is never active together unless shown as a conflict",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with both sides active and no conflict shown, per pair of rules."""
        for opposition in situation.declared.oppositions:
            for one in opposition.one:
                for other in opposition.other:
                    undisputed = negation_of(situation.disputed(one, other))
                    formula = all_of([situation.active(one), situation.active(other), undisputed])
                    shown = both(active(one), active(other))
                    yield Question(f"{one} / {other}", (one, other), formula, shown)


class EmergenciesStand(Claim):
    """No rule of critical urgency is ever demoted."""

    id = "emergencies-stand"
    says = Text("紧急提示从不降级", "Emergencies are never demoted")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient for whom a critical rule fires and is demoted."""
        for rule in situation.knowledge.rules.values():
            if "critical" in rule.urgencies():
                formula = all_of([situation.critical(rule.id), situation.demoted(rule.id, lesions=True)])
                yield Question(rule.id, (rule.id,), formula, demoted(rule.id))
