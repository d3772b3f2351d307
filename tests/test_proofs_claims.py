"""Claims about every patient: they hold for the knowledge in force, and a fault that is seeded is caught and named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from oncocds.cli import main
from oncocds.engine import Engine, directories
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.tree import All, Compare, Condition, Not, Quantified
from oncocds.language.tree import Any as Either
from oncocds.proofs.claims import all_claims
from oncocds.proofs.declared import Declared, read_declared
from oncocds.proofs.items import items_of, needed
from oncocds.proofs.prove import Prover
from oncocds.proofs.recorded import Recorded
from oncocds.proofs.report import details, witnesses
from oncocds.proofs.sharing import shared_results
from oncocds.proofs.situation import ITEMS, Situation
from oncocds.proofs.smt import Reading


@pytest.fixture(scope="module")
def declared(knowledge: Knowledge) -> Declared:
    return read_declared(directories(None)[0], knowledge)


def with_condition(knowledge: Knowledge, rule: str, condition: Condition) -> Knowledge:
    """The knowledge with another condition of a rule, in the place of the whole of it."""
    return replace(knowledge, conditions={**knowledge.conditions, rule: condition})


def caught(knowledge: Knowledge, declared: Declared, claim: str, *, subject: str) -> list[str]:
    """The lines that name the fault, after checking that the claim is refuted for the subject."""
    return all_caught(knowledge, declared, {claim: (subject,)})[claim, subject]


def all_caught(
    knowledge: Knowledge, declared: Declared, subjects: Mapping[str, Collection[str]]
) -> dict[tuple[str, str], list[str]]:
    """The same for several claims and subjects: what they speak about is read once."""
    prover = Prover(knowledge, declared)
    found = {}
    for claim, wanted in subjects.items():
        claims = tuple(one for one in all_claims() if one.id == claim)
        (result,) = prover.results(claims, lambda _, question, wanted=wanted: question.subject in wanted)
        assert {one.subject: one.verdict for one in result.outcomes} == dict.fromkeys(wanted, "refuted")
        for outcome in result.outcomes:
            lines = found[claim, outcome.subject] = list(details(result, outcome, "zh", prover))
            assert lines[0].startswith(f"✗ {claim}: {outcome.subject}: refuted")
    return found


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
    all_caught(faulty, declared, {"eligible-only-when-all-known": ("hcc.child_pugh unknown", "not Child-Pugh A")})


def test_a_removed_precedence_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    kept = tuple(entry for entry in knowledge.precedence if entry.id != "ejection-fraction-has-fallen")
    rules = ("HER2RT-01", "HER2RT-03", "HER2RT-11", "BCBM-35")
    all_caught(replace(knowledge, precedence=kept), declared, {"no-anti-her2-after-lvef-fall": rules})


def test_a_fall_that_counts_only_beside_the_alert_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    # Where the drug is not on the list the alert is silent, and the drug would be started all the same.
    entries = tuple(replace(entry, when_alone=False) for entry in knowledge.precedence)
    caught(replace(knowledge, precedence=entries), declared, "no-anti-her2-after-lvef-fall", subject="BCBM-35")


def test_a_new_rule_that_gives_the_drug_and_does_not_step_back_is_caught(
    knowledge: Knowledge, declared: Declared
) -> None:
    new = replace(knowledge.rules["HER2RT-22"], action="anti-her2-with-chemotherapy")
    faulty = replace(knowledge, rules={**knowledge.rules, new.id: new})
    caught(faulty, declared, "no-anti-her2-after-lvef-fall", subject="HER2RT-22")


def test_safety_that_does_not_wait_for_the_judgement_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    kept = tuple(entry for entry in knowledge.precedence if entry.id != "ejection-fraction-in-question")
    subjects = ("HER2RT-04, low", "HER2RT-04, below the baseline")
    all_caught(replace(knowledge, precedence=kept), declared, {"safe-only-once-lvef-judged": subjects})


def test_treatment_of_what_is_resolved_or_only_suspected_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    def anything(condition: Condition) -> Condition:
        if isinstance(condition, All | Either):
            return replace(condition, parts=tuple(map(anything, condition.parts)))
        if isinstance(condition, Quantified):
            return replace(condition, where=anything(condition.where))
        if isinstance(condition, Compare) and condition.fact == "present_metastasis":
            return Compare("organ", "is", "bone")
        return condition

    rules = ("LCBM-18", "BCBM-38", "RETBM-14")
    faulty = knowledge
    for rule in rules:
        faulty = with_condition(faulty, rule, anything(knowledge.conditions[rule]))
    all_caught(faulty, declared, {"no-treatment-of-what-is-not-there": rules})


def test_an_impending_fracture_that_is_only_a_warning_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    lowered = replace(knowledge.rules["BCBM-43"], raised=())
    faulty = replace(knowledge, rules={**knowledge.rules, lowered.id: lowered})
    caught(faulty, declared, "impending-fracture-is-critical", subject="impending fracture")
    notice = replace(knowledge.notes["impending-fracture-surgery-first"], urgency="warning")
    faulty = replace(knowledge, notes={**knowledge.notes, notice.id: notice})
    caught(faulty, declared, "impending-fracture-is-critical", subject="impending fracture")


def test_a_removed_guard_on_calcium_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    kept = tuple(entry for entry in knowledge.precedence if entry.id != "no-supplement-while-hypercalcaemic")
    caught(replace(knowledge, precedence=kept), declared, "no-calcium-in-hypercalcaemia", subject="BCBM-60")


def test_a_renal_warning_that_does_not_follow_the_clearance_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    recorded = Compare("comorbidities.renal_insufficiency", "is", True)
    notes = {
        name: replace(note, when=All((recorded, note.when)))
        if note.when is not None and note.beside is not None
        else note
        for name, note in knowledge.notes.items()
    }
    faulty = replace(knowledge, notes=notes)
    all_caught(faulty, declared, {"renal-warning-beside-bone-agents": ("BCBM-46", "denosumab")})


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
    subjects = {
        "no-start-while-active": ("BCBM-46",),
        "no-restart-after-adverse-event": ("BCBM-46",),
        "no-opposing-advice": ("BCBM-46 / BCBM-63",),
    }
    all_caught(faulty, declared, subjects)


def test_a_dead_rule_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    alive = knowledge.conditions["HER2RT-22"]
    lines = caught(
        with_condition(knowledge, "HER2RT-22", All((alive, Not(alive)))), declared, "can-fire", subject="HER2RT-22"
    )
    assert lines[0].endswith("no patient fits")


def test_a_rule_that_only_repeats_another_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    faulty = with_condition(knowledge, "HER2RT-01", knowledge.conditions["HER2RT-05"])
    caught(faulty, declared, "adds-something", subject="HER2RT-01 beside HER2RT-05")


def test_her2_taken_for_granted_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    breast = Compare("diagnosis.tumour_type", "in", ("breast",))
    caught(with_condition(knowledge, "HER2RT-22", breast), declared, "her2-needed", subject="HER2RT-22")


def test_a_rule_without_scope_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    faulty = with_condition(knowledge, "HER2RT-22", Compare("derived.her2_status", "is", "positive"))
    caught(faulty, declared, "silent-outside-every-scope", subject="HER2RT-22")


def test_what_learning_turns_is_shown_before_and_after(knowledge: Knowledge) -> None:
    lines = caught(
        knowledge, Declared(), "conditions-keep-their-answers", subject="derived.her2_status is negative is open again"
    )
    (before,) = [line for line in lines if line.startswith("  profile: ")]
    (later,) = [line for line in lines if line.startswith("  profile (later): ")]
    assert len(json.loads(before.partition(": ")[2])["biomarkers"]) == 1
    assert len(json.loads(later.partition(": ")[2])["biomarkers"]) == 2
    assert sum("场景: " in line for line in lines) == 2


def undeclared(knowledge: Knowledge, fact: str, *read: str) -> Knowledge:
    """The knowledge where a derived fact does not declare something that it reads."""
    fields = knowledge.vocabulary.fields
    kept = tuple(one for one in fields[fact].reads if one not in read)
    assert kept != fields[fact].reads
    changed = {**fields, fact: replace(fields[fact], reads=kept)}
    return replace(knowledge, vocabulary=replace(knowledge.vocabulary, fields=changed))


def test_an_answer_that_moves_more_than_is_read_again_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    faulty = undeclared(knowledge, "lesions.critical_site", "symptoms.cord_signs")
    lines = caught(faulty, declared, "answers-move-what-is-read-again", subject="lesions.critical_site")
    (later,) = [line for line in lines if line.startswith("  profile (later): ")]
    assert "cord_signs" in json.loads(later.partition(": ")[2])["symptoms"]


def test_one_more_item_that_moves_more_than_is_read_again_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    fact = "derived.bone_agents_together"
    of_list = (one for one in knowledge.vocabulary.fields[fact].reads if one.startswith("medications"))
    prover = Prover(undeclared(knowledge, fact, *of_list), declared)
    claims = tuple(one for one in all_claims() if one.id == "answers-move-what-is-read-again")
    (result,) = prover.results(claims, lambda _, question: question.subject.startswith("one more of "))
    assert {one.subject: one.verdict for one in result.failed} == {"one more of medications": "not replayed"}


def test_a_promise_that_its_own_answer_breaks_is_caught(knowledge: Knowledge, declared: Declared) -> None:
    # Without an ISH a low IHC reads as negative, which the engine takes over; an amplified one makes it positive.
    condition = All(
        (
            Compare("diagnosis.tumour_type", "in", ("breast",)),
            Compare("derived.her2_status", "is", "negative"),
            Compare("biomarkers.her2_ish", "is", "amplified"),
        )
    )
    faulty = with_condition(knowledge, "HER2RT-16", condition)
    subject = "HER2RT-16 asks biomarkers.her2_ish"
    lines = caught(faulty, declared, "decisions-come-true", subject=subject)
    (later,) = [line for line in lines if line.startswith("  profile (later): ")]
    assert json.loads(later.partition(": ")[2])["biomarkers"]["her2_ish"] == "amplified"


def items_needed(knowledge: Knowledge) -> dict[str, Counter[str]]:
    reading = Reading(Recorded(knowledge.vocabulary, dict.fromkeys(ITEMS, 2)), knowledge)
    return {rule: needed(rule, knowledge, reading) for rule in knowledge.conditions}


def fits(items: Counter[str]) -> bool:
    return all(number <= ITEMS[name] for name, number in items.items())


def test_the_model_has_as_many_items_as_any_rule_can_tell_apart(knowledge: Knowledge, declared: Declared) -> None:
    each = items_needed(knowledge)
    # True when any one of several rules is: the witnesses of that one are enough.
    assert {rule for rule, items in each.items() if not fits(items)} == {"LCBM-08", "LCBM-09", "LCBM-20", "LCBM-27"}
    for opposition in declared.oppositions:
        assert all(fits(each[one] + each[other]) for one in opposition.one for other in opposition.other)


def test_the_model_has_as_many_items_as_a_condition_needs_to_turn(knowledge: Knowledge, declared: Declared) -> None:
    reading = Reading(Recorded(knowledge.vocabulary, dict.fromkeys(ITEMS, 2)), knowledge)
    for condition, _ in Situation(knowledge, declared).asked().values():
        items = items_of(condition, reading)
        assert fits(items + items), condition  # witnesses of the answer before, and of the other one after


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str], knowledge: Knowledge) -> None:
    assert main(["prove", "--claim", "emergencies-stand", "--jobs", "1", "--lang", "en"]) == 0
    head, row, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["claim", "proved", "declared", "refuted", "seconds"]
    assert row.startswith("emergencies-stand")
    assert row.endswith("Emergencies are never demoted")
    proved = int(row.split()[1])
    assert proved > 0
    counted = (
        f"1 claims on {len(knowledge.conditions)} rules: {proved} questions proved, 0 declared exceptions, 0 refuted"
    )
    assert last.startswith(f"{counted}; ")


def test_every_rule_that_can_fire_has_a_patient(knowledge: Knowledge, engine: Engine, declared: Declared) -> None:
    claims = tuple(one for one in all_claims() if one.id == "can-fire")
    (result,) = Prover(knowledge, declared).results(claims, lambda number, _: number % 20 == 0)
    lines = list(witnesses(result))
    assert len(lines) == len(result.outcomes)
    for line in lines:
        claim, subject, patient = line.split(": ", 2)
        assert claim == "✓ can-fire"
        witness = json.loads(patient)
        assert engine.evaluate(witness["profile"], witness["policy"]).verdicts[subject.partition(" ")[0]] == "fires"


def test_several_processes_prove_what_one_proves(knowledge: Knowledge, declared: Declared) -> None:
    claims = tuple(one for one in all_claims() if one.id == "eligible-only-when-all-known")
    (shared,) = shared_results(None, claims, 2)
    (alone,) = Prover(knowledge, declared).results(claims)
    assert shared.outcomes == alone.outcomes


def test_an_unknown_claim_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--claim", "emergencies-stan"]) == 2
    assert "no claim 'emergencies-stan'; did you mean 'emergencies-stand'?" in capsys.readouterr().err


def test_an_exception_that_nothing_needs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules, seeds = directories(None)
    shutil.copytree(rules, tmp_path / "rules")
    shutil.copytree(seeds, tmp_path / "seeds")
    claims = tmp_path / "rules" / "claims.yaml"
    added = '  - {claim: emergencies-stand, subject: "BCBM-06", why: {zh: 无, en: none}}\n'
    claims.write_text(claims.read_text("utf-8") + added, "utf-8")
    assert main(["--knowledge", str(tmp_path), "prove", "--claim", "emergencies-stand", "--jobs", "1"]) == 1
    assert "no exception is needed for emergencies-stand: BCBM-06" in capsys.readouterr().out


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
