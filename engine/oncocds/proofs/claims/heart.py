"""The safety list on the heart: no anti-HER2 drug is advised or called safe against what the heart says."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.language.tree import Compare
from oncocds.proofs.claims.claim import Claim, Question, active, both, comes_to
from oncocds.proofs.claims.recorded import giving
from oncocds.proofs.situation import Situation
from oncocds.proofs.terms import all_of, negation_of
from oncocds.text import Text

_FALLEN = comes_to(Compare("derived.marked_lvef_decline", "is", True), True)
_OPEN = comes_to(Compare("derived.lvef_in_question", "is", True), True)


class NoAntiHer2AfterAFall(Claim):
    """No advice to give, continue or call safe an anti-HER2 drug is active while LVEF has fallen markedly."""

    id = "no-anti-her2-after-lvef-fall"
    says = Text(
        "左室射血功能明显下降时，给予、继续或称安全的抗HER2建议一律不生效",
        "No advice to give, continue or call safe an anti-HER2 drug is active after a marked LVEF fall",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per rule found by what its action declares, for a patient with the fall and the advice active."""
        fallen = situation.facts.finding("derived.marked_lvef_decline").true
        for rule in giving(situation, "anti_her2"):
            yield Question(rule, (rule,), all_of([fallen, situation.active(rule)]), both(active(rule), _FALLEN))


class SafeOnlyOnceJudged(Claim):
    """Nothing calls an anti-HER2 drug safe while LVEF is below 50, or below the baseline, and nobody judged it."""

    id = "safe-only-once-lvef-judged"
    says = Text(
        "LVEF低于50%或低于基线而尚未判断时，“安全”“可行”的表述不生效",
        "Nothing is called safe while LVEF is below 50 % or below the baseline and not judged",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per such statement, for a patient with a low LVEF, and with one below the baseline, not judged."""
        actions = situation.knowledge.actions
        finding = situation.facts.finding
        latest, baseline = finding("cardiac.lvef_latest"), finding("cardiac.lvef_baseline")
        unjudged = all_of([latest.known, negation_of(finding("cardiac.marked_decline").known)])
        low = all_of([unjudged, latest.term < 50])
        open_ = negation_of(finding("derived.marked_lvef_decline").known)
        below = all_of([unjudged, baseline.known, latest.term < baseline.term, open_])
        for rule in situation.knowledge.rules.values():
            if rule.action is not None and "anti_her2" in actions[rule.action].calls_safe:
                stands = situation.active(rule.id)
                for name, way in (("low", low), ("below the baseline", below)):
                    yield Question(
                        f"{rule.id}, {name}", (rule.id,), all_of([way, stands]), both(active(rule.id), _OPEN)
                    )
