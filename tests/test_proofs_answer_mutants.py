"""Small changes of actions, urgencies, strengths and of what stands beside are noticed by a patient's whole answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oncocds.errors import KnowledgeError
from oncocds.examples import failed_answers
from oncocds.knowledge.answers import Answered, read_answers, with_known
from oncocds.knowledge.knowledge import Knowledge
from oncocds.proofs.answer_mutants import Answering, changed_actions, changed_notes, changed_rules
from oncocds.proofs.declared import Declaration, Declared
from oncocds.proofs.prove import Prover
from oncocds.vocabulary.bundled import bundled_knowledge

ANSWERS = read_answers(bundled_knowledge() / "rules")
ACTION, RULE, NOTE = "surgical-review-before-fracture", "BCBM-43", "lesion-already-irradiated"


@pytest.fixture(scope="module")
def prover(knowledge: Knowledge) -> Prover:
    return Prover(knowledge, Declared())


def fates(prover: Prover, answers: tuple[Answered, ...], subject: str) -> dict[str, str]:
    return {mutant.change: mutant.fate for mutant in Answering(prover, answers).judge(subject)}


def test_every_kind_of_change_is_made(knowledge: Knowledge) -> None:
    action = knowledge.actions["pre-bone-agent-checks"]
    assert [change for change, _ in changed_actions(action, knowledge)] == [
        "tier question → caution",
        "tier question → diagnostic",
        "per lesion",
        "without the title of BCBM-57 alone",
        "without the title of BCBM-58 alone",
        "without the title of BCBM-59 alone",
    ]
    changes = [change for change, _ in changed_actions(knowledge.actions[ACTION], knowledge)]
    assert {"emergency_rank first", "emergency_rank last", "per lesion"} <= {*changes}
    changes = [change for change, _ in changed_actions(knowledge.actions["treat-critical-site-early"], knowledge)]
    assert {"emergency_rank first", "per patient", "without the title of LCBM-15 alone"} <= {*changes}
    start = knowledge.actions["start-bone-modifying-agent"]
    assert "gives without bone_modifying_agent" in [change for change, _ in changed_actions(start, knowledge)]
    assert [change for change, _ in changed_rules(knowledge.rules[RULE])] == [
        "urgency warning → critical",
        "urgency warning → info",
        "strength should → not_recommended",
        "strength should → recommended",
        "raised 1: urgency dropped",
    ]
    evidence = knowledge.rules["BCBM-70"]
    assert [change for change, _ in changed_rules(evidence)] == [
        f"without support of {one}" for one in evidence.supports
    ]
    note = knowledge.notes[NOTE]
    assert [change for change, _ in changed_notes(note)] == [
        *(f"without attached_to {rule}" for rule in note.attached_to),
        "whatever the lesion",
    ]
    beside = knowledge.notes["alendronate-and-renal-function"]
    assert [change for change, _ in changed_notes(beside)] == ["without beside giving bone_modifying_agent"]


def test_a_changed_piece_is_another_piece(knowledge: Knowledge) -> None:
    for action in knowledge.actions.values():
        assert all(changed != action for _, changed in changed_actions(action, knowledge))
    for rule in knowledge.rules.values():
        assert all(changed != rule for _, changed in changed_rules(rule))
    for note in knowledge.notes.values():
        assert all(changed != note for _, changed in changed_notes(note))


@pytest.mark.parametrize("subject", [RULE, NOTE])
def test_answers_kill_each_change(prover: Prover, subject: str) -> None:
    assert {*fates(prover, ANSWERS, subject).values()} == {"killed"}


def test_without_answers_a_change_survives_and_may_be_explained(knowledge: Knowledge, prover: Prover) -> None:
    assert {*fates(prover, (), RULE).values()} == {"survived"}
    explained = Declared(exceptions=(Declaration("mutants", f"{RULE}: raised 1: urgency dropped", "a reason"),))
    found = fates(Prover(knowledge, explained), (), RULE)
    assert found.pop("raised 1: urgency dropped") == "declared"
    assert {*found.values()} == {"survived"}


def test_what_nobody_can_see_is_proved_to_say_the_same(prover: Prover) -> None:
    # The emergencies after it are of lung cancer alone, and it is critical in breast cancer alone.
    found = fates(prover, ANSWERS, ACTION)
    assert found.pop("emergency_rank last") == "equivalent"
    assert {*found.values()} == {"killed"}
    # What is critical for everybody stands among the emergencies, and a rule about no lesion has none to be told by.
    alert = fates(prover, (), "act-on-lvef-fall")
    assert (alert["tier caution → question"], alert["per lesion"]) == ("equivalent", "equivalent")
    assert alert["emergency_rank last"] == "survived"


def test_an_answer_that_differs_is_told_line_by_line(knowledge: Knowledge) -> None:
    stated = next(one for one in ANSWERS if len(one.stands) > 2)
    first = stated.stands[0]
    less = Answered(stated.given, stated.policy, (*stated.stands[1:], "notice info a-remark"))
    told = [str(issue) for issue in failed_answers(knowledge, (stated, less))]
    assert [one.partition("answer 2: ")[2] for one in told] == ["expected: notice info a-remark", f"found: {first}"]
    turned = replace(stated, stands=stated.stands[::-1])
    (issue,) = failed_answers(knowledge, (turned,))
    assert stated.mark is not None
    assert (issue.path, issue.line) == ("rules/answers.yaml", stated.mark.line)
    assert issue.message == "answer 1: the lines stand in another order"
    refused = Answered({"age": -1}, {}, stated.stands)
    assert "answer 1 is refused" in str(next(failed_answers(knowledge, (refused,))))


def test_a_rule_that_came_later_changes_no_answer_that_was_stated(knowledge: Knowledge) -> None:
    stated, later = ANSWERS[0], "BCBM-45"
    without = replace(stated, stands=tuple(line for line in stated.stands if later not in line))
    assert len(without.stands) < len(stated.stands)
    assert list(failed_answers(knowledge, (without, stated))) == []
    (issue,) = failed_answers(knowledge, (stated, without))
    assert f"found: {next(line for line in stated.stands if later in line)}" in issue.message
    assert [later in known for _, known in with_known((without, stated))] == [False, True]


def test_a_file_of_answers_is_read_strictly(tmp_path: Path) -> None:
    assert read_answers(tmp_path) == ()
    (tmp_path / "answers.yaml").write_text("- given: [a]\n  stood: []\n", "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        read_answers(tmp_path)
    told = "\n".join(map(str, refused.value.issues))
    assert "rules/answers.yaml:1:10: answers[0]: 'given' must be a mapping of names to values" in told
    assert "key 'stands' is missing" in told
    assert "unknown key 'stood'" in told
