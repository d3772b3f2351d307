"""Claims about every patient: they hold for the knowledge in force, and a fault that is seeded is caught and named."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from oncocds.engine import directories
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.tree import All, Compare, Condition, Not
from oncocds.language.tree import Any as Either
from oncocds.proofs.claims import all_claims
from oncocds.proofs.declared import Declared, read_declared
from oncocds.proofs.items import needed
from oncocds.proofs.prove import Prover, Result
from oncocds.proofs.report import details
from oncocds.proofs.situation import ITEMS
from oncocds.proofs.smt import Reading


def claim_results(knowledge: Knowledge, declared: Declared, *claims: str) -> dict[str, Result]:
    wanted = tuple(claim for claim in all_claims() if claim.id in claims)
    assert len(wanted) == len(claims)
    return {result.claim.id: result for result in Prover(knowledge, declared).results(wanted)}


@pytest.fixture(scope="module")
def declared(knowledge: Knowledge) -> Declared:
    return read_declared(directories(None)[0], knowledge)


@pytest.mark.parametrize("claim", [claim.id for claim in all_claims()])
def test_every_claim_holds(knowledge: Knowledge, declared: Declared, claim: str) -> None:
    result = claim_results(knowledge, declared, claim)[claim]
    assert result.outcomes, "nothing was asked"
    assert [
        (o.question.subject, o.verdict, o.witness) for o in result.outcomes if o.verdict not in ("proved", "declared")
    ] == []


def with_condition(knowledge: Knowledge, rule: str, condition: Condition) -> Knowledge:
    """The knowledge with another condition of a rule, in the place of the whole of it."""
    return replace(knowledge, conditions={**knowledge.conditions, rule: condition})


def caught(knowledge: Knowledge, declared: Declared, claim: str, *, subject: str) -> list[str]:
    """The lines that name the fault, after checking that the claim is refuted for the subject."""
    prover = Prover(knowledge, declared)
    (result,) = prover.results(tuple(one for one in all_claims() if one.id == claim))
    (outcome,) = [one for one in result.outcomes if one.question.subject == subject]
    assert outcome.verdict == "refuted"
    lines = list(details(result, outcome, "zh", prover))
    assert lines[0].startswith(f"✗ {claim}: {subject}: refuted")
    return lines


def test_a_loosened_threshold_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    def loosened(condition: Condition) -> Condition:
        if isinstance(condition, All | Either):
            return replace(condition, parts=tuple(map(loosened, condition.parts)))
        if isinstance(condition, Compare) and condition.fact == "labs.platelets.value":
            return replace(condition, value=50)
        return condition

    faulty = with_condition(knowledge, "HCCSBRT-01", loosened(knowledge.conditions["HCCSBRT-01"]))
    lines = caught(faulty, declared, "eligible-only-when-all-known", subject="labs.platelets.value beyond its limit")
    text = "\n".join(lines)
    assert '"platelets"' in text
    assert "功能: " in text
    assert "场景: " in text


def test_a_dropped_criterion_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    def dropped(condition: Condition) -> Condition:
        if isinstance(condition, All):
            kept = [dropped(part) for part in condition.parts if getattr(part, "fact", "") != "hcc.child_pugh"]
            return replace(condition, parts=tuple(kept))
        return condition

    faulty = with_condition(knowledge, "HCCSBRT-01", dropped(knowledge.conditions["HCCSBRT-01"]))
    caught(faulty, declared, "eligible-only-when-all-known", subject="hcc.child_pugh unknown")
    caught(faulty, declared, "eligible-only-when-all-known", subject="not Child-Pugh A")


def test_a_removed_precedence_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    kept = tuple(entry for entry in knowledge.precedence if entry.id != "ejection-fraction-has-fallen")
    lines = caught(replace(knowledge, precedence=kept), declared, "lvef-fall-demotes-safe", subject="HER2RT-01")
    assert any("HER2RT-16" in line for line in lines)


def test_a_removed_guard_on_calcium_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    kept = tuple(entry for entry in knowledge.precedence if entry.id != "no-supplement-while-hypercalcaemic")
    caught(replace(knowledge, precedence=kept), declared, "no-calcium-in-hypercalcaemia", subject="BCBM-60")


def test_a_demoted_emergency_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    first, *others = knowledge.precedence
    wrong = replace(first, winners=("BCBM-06",), demoted=(*first.demoted, "BCBM-07"))
    caught(replace(knowledge, precedence=(wrong, *others)), declared, "emergencies-stand", subject="BCBM-07")


def test_a_contradicting_rule_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    # Start of a bone agent, whatever is given already.
    faulty = with_condition(
        knowledge,
        "BCBM-46",
        All((Compare("diagnosis.tumour_type", "in", ("breast",)), Compare("derived.bone_metastases", "is", True))),
    )
    caught(faulty, declared, "no-start-while-active", subject="BCBM-46")
    caught(faulty, declared, "no-restart-after-adverse-event", subject="BCBM-46")
    caught(faulty, declared, "no-opposing-advice", subject="BCBM-46 / BCBM-63")


def test_a_dead_rule_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    alive = knowledge.conditions["HER2RT-22"]
    lines = caught(
        with_condition(knowledge, "HER2RT-22", All((alive, Not(alive)))), declared, "can-fire", subject="HER2RT-22"
    )
    assert lines[0].endswith("no patient fits")


def test_her2_taken_for_granted_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    breast = Compare("diagnosis.tumour_type", "in", ("breast",))
    caught(with_condition(knowledge, "HER2RT-22", breast), declared, "her2-needed", subject="HER2RT-22")


def test_a_rule_without_scope_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    faulty = with_condition(knowledge, "HER2RT-22", Compare("derived.her2_status", "is", "positive"))
    caught(faulty, declared, "silent-outside-every-scope", subject="HER2RT-22")


def test_the_model_has_as_many_items_as_any_rule_can_tell_apart(knowledge: Knowledge) -> None:
    reading = Reading(knowledge.vocabulary, knowledge, dict.fromkeys(ITEMS, 2))
    beyond = {
        rule
        for rule in knowledge.conditions
        if any(number > ITEMS[name] for name, number in needed(rule, knowledge, reading).items())
    }
    # True when any one of several rules is: the witnesses of that one are enough.
    assert beyond == {"LCBM-09", "LCBM-20", "LCBM-27"}


def test_proving_without_the_solver_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['z3'] = None\n"
        "from oncocds.cli import main\n"
        "sys.exit(main(['prove', '--claim', 'emergencies-stand']))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.strip().endswith("pip install 'oncocds[proofs]'")
    assert len(run.stderr.splitlines()) == 1
