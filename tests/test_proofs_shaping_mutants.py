"""Small changes of precedence and of notes are noticed by an example of theirs, or shown with a patient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncocds import Engine
from oncocds.advice.standing import notes_shown, standings
from oncocds.examples import failed_examples
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import NoteExample, Precedence, PrecedenceExample
from oncocds.language.tree import Compare
from oncocds.profile.policy import STRICT
from oncocds.proofs.declared import Declaration, Declared
from oncocds.proofs.prove import Prover
from oncocds.proofs.shaping_mutants import Shaping, changed_entries

STOP, LESION, NOTE = "stop-criterion-met", "surgical-review-before-radiotherapy", "trastuzumab-label-monitoring"


def entry(knowledge: Knowledge, name: str) -> Precedence:
    return next(one for one in knowledge.precedence if one.id == name)


def with_entry(knowledge: Knowledge, changed: Precedence) -> Knowledge:
    return replace(
        knowledge, precedence=tuple(changed if one.id == changed.id else one for one in knowledge.precedence)
    )


@pytest.fixture(scope="module")
def shaping(knowledge: Knowledge) -> Shaping:
    return Shaping(Prover(knowledge, Declared()))


def test_every_kind_of_change_of_an_entry_is_made(knowledge: Knowledge) -> None:
    one = replace(
        entry(knowledge, LESION), notices=("a-notice",), when=Compare("age", "<", 40), winners=("BCBM-42", "BCBM-43")
    )
    assert [change for change, _ in changed_entries(one)] == [
        "dropped",
        "without winner BCBM-42",
        "without winner BCBM-43",
        "without notice a-notice",
        "without demoted BCBM-38",
        "whatever the lesion",
        "whenever",
        "when: age < 40 → <=",
        "when: age < 40 → >=",
        "when: age < 40 → 39",
        "when: age < 40 → 41",
    ]


def test_a_changed_entry_is_another_entry(knowledge: Knowledge) -> None:
    for one in knowledge.precedence:
        assert all(changed != one for _, changed in changed_entries(one))


@pytest.mark.parametrize("name", [STOP, LESION])
def test_examples_kill_each_change_of_an_entry(shaping: Shaping, name: str) -> None:
    assert {mutant.fate for mutant in shaping.judge(name)} == {"killed"}


def test_examples_kill_each_change_of_a_note(shaping: Shaping) -> None:
    found = [mutant.fate for mutant in shaping.judge(NOTE)]
    assert found
    assert set(found) == {"killed"}


@pytest.mark.parametrize(
    ("name", "change"),
    [("already-irradiated-lesion-informs", "at_most dropped"), ("cervical-lesion-with-cord-signs", "urgency dropped")],
)
def test_what_a_note_raises_or_lowers_is_stated_too(knowledge: Knowledge, name: str, change: str) -> None:
    note = knowledge.notes[name]
    unstated = replace(note, examples=tuple(replace(example, urgency=None) for example in note.examples))
    for one, fate in ((note, "killed"), (unstated, "survived")):
        changed = replace(knowledge, notes={**knowledge.notes, name: one})
        fates = {mutant.change: mutant.fate for mutant in Shaping(Prover(changed, Declared())).judge(name)}
        assert fates[change] == fate
    wrong = tuple(replace(example, urgency="info" if example.urgency else None) for example in note.examples)
    if name == "cervical-lesion-with-cord-signs":
        changed = replace(knowledge, notes={**knowledge.notes, name: replace(note, examples=wrong)})
        (issue,) = failed_examples(changed)
        assert "critical, expected info" in str(issue)


def test_without_examples_an_entry_survives_with_a_patient_who_tells_it(knowledge: Knowledge) -> None:
    bare = with_entry(knowledge, replace(entry(knowledge, STOP), examples=()))
    survivors = {mutant.change: mutant for mutant in Shaping(Prover(bare, Declared())).judge(STOP)}
    told = survivors["without demoted BCBM-66"]
    assert told.fate == "survived"
    assert told.witness is not None
    assert (told.says, told.would_say) == ("{demoted: [BCBM-66]}", "active")
    # And the patient, made an example, kills it.
    example = PrecedenceExample(told.witness.profile, told.witness.policy, ("BCBM-66",), ())
    again = with_entry(knowledge, replace(entry(knowledge, STOP), examples=(example,)))
    assert failed_examples(again) == []
    fates = {mutant.change: mutant.fate for mutant in Shaping(Prover(again, Declared())).judge(STOP)}
    assert fates["without demoted BCBM-66"] == "killed"
    assert fates["without demoted BCBM-47"] == "survived"


def test_without_examples_a_note_survives_with_a_patient_who_tells_it(knowledge: Knowledge) -> None:
    bare = replace(knowledge, notes={**knowledge.notes, NOTE: replace(knowledge.notes[NOTE], examples=())})
    engine = Engine(knowledge, STRICT)
    for mutant in Shaping(Prover(bare, Declared())).judge(NOTE):
        assert mutant.fate == "survived"
        assert mutant.witness is not None
        evaluation = engine.evaluate(mutant.witness.profile, mutant.witness.policy)
        assert (NOTE in notes_shown(evaluation.advice, evaluation.notices)) is (mutant.says == "shown")


def test_an_explained_survivor_is_told_apart(knowledge: Knowledge) -> None:
    bare = with_entry(knowledge, replace(entry(knowledge, STOP), examples=()))
    declared = Declared(exceptions=(Declaration("mutants", f"{STOP}: dropped", "a reason"),))
    fates = {mutant.change: mutant.fate for mutant in Shaping(Prover(bare, declared)).judge(STOP)}
    assert fates["dropped"] == "declared"
    assert fates["without winner BCBM-63"] == "survived"


def test_a_change_that_changes_nothing_is_proved_to_say_the_same(knowledge: Knowledge) -> None:
    # A second entry demotes the same for the same reason: without it nothing changes.
    one = replace(entry(knowledge, STOP), examples=())
    twice = replace(
        knowledge, precedence=(*(e for e in knowledge.precedence if e.id != STOP), one, replace(one, id="x"))
    )
    assert {mutant.fate for mutant in Shaping(Prover(twice, Declared())).judge("x")} == {"equivalent"}


def test_check_says_which_example_of_an_entry_or_a_note_comes_out_otherwise(knowledge: Knowledge) -> None:
    silent = {"diagnosis": {"tumour_type": "hcc"}}
    wrong = replace(entry(knowledge, STOP), examples=(PrecedenceExample(silent, {}, ("BCBM-47",), ("BCBM-48",)),))
    other = replace(knowledge.notes[NOTE], examples=(NoteExample(silent, {}, True),))
    refused = replace(knowledge.notes["oligoprogression-trial"], examples=(NoteExample({"age": -1}, {}, True),))
    changed = replace(
        with_entry(knowledge, wrong), notes={**knowledge.notes, NOTE: other, "oligoprogression-trial": refused}
    )
    issues = [str(issue) for issue in failed_examples(changed)]
    assert len(issues) == 4
    assert (
        "stop-criterion-met: example 1: BCBM-47 is no ground, or not everywhere the same, expected demoted" in issues[0]
    )
    assert "BCBM-48 is no ground" in issues[1]
    assert any(f"rules/notes/{NOTE}.yaml:1:1: example 1: not shown, expected shown" in issue for issue in issues)
    assert any("oligoprogression-trial.yaml:1:1: example 1 is refused" in issue for issue in issues)


def test_a_ground_is_named_by_its_lesion_where_it_does_not_stand_the_same_everywhere(knowledge: Knowledge) -> None:
    (example,) = (one for one in entry(knowledge, LESION).examples if one.demoted and one.active)
    found = standings(Engine(knowledge, STRICT).evaluate(example.given, example.policy).advice)
    assert found["BCBM-38[B1]"] == "demoted"
    assert found["BCBM-38[B2]"] == "active"
    assert "BCBM-38" not in found
