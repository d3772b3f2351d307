"""The examples of derived facts run, and each small change of a table or number fails one of them."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from oncocds.cli import main
from oncocds.derived_examples import failed_derived, what_is_wrong
from oncocds.engine import directories
from oncocds.errors import KnowledgeError
from oncocds.proofs.derived_mutants import changed_tables, notices, table_subjects
from oncocds.vocabulary.derived_examples import DerivedExample
from oncocds.vocabulary.loader import bundled_vocabulary, load_vocabulary

VOCABULARY = bundled_vocabulary()
EXPLAINED = {("organ.viscera", "with brain")}  # the site's setting decides of the brain before the table is asked


@pytest.mark.parametrize("subject", table_subjects(VOCABULARY))
def test_an_example_notices_every_change_of_a_table_or_number(subject: str) -> None:
    changes = list(changed_tables(subject, VOCABULARY))
    assert changes
    unnoticed = {(subject, change) for change, changed in changes if not notices(subject, changed)}
    assert unnoticed == {one for one in EXPLAINED if one[0] == subject}


def test_the_examples_hold_and_every_derived_fact_has_some() -> None:
    assert list(failed_derived(VOCABULARY)) == []
    without = {name: one for name, one in VOCABULARY.derived_examples.items() if name != "derived.ret_fusion"}
    issues = list(failed_derived(dataclasses.replace(VOCABULARY, derived_examples=without)))
    assert [issue.message for issue in issues] == ["derived.ret_fusion: no example of it"]


@pytest.mark.parametrize(
    ("example", "wrong"),
    [
        (DerivedExample({"lesions": []}, {}, True, ()), ": False, expected True"),
        (DerivedExample({}, {}, None, ("symptoms.bone_pain",)), " does not ask for symptoms.bone_pain"),
        (DerivedExample({"lesion": []}, {}, False, ()), " is refused: "),
        (DerivedExample({"lesions": []}, {}, False, ()), None),
    ],
)
def test_what_is_wrong_with_an_example_is_said(example: DerivedExample, wrong: str | None) -> None:
    found = what_is_wrong("derived.bone_metastases", example, VOCABULARY)
    assert found is None if wrong is None else found is not None and found.startswith(wrong)


def test_an_example_of_an_item_names_one_item() -> None:
    given = {"lesions": [{"id": "A", "organ": "bone"}, {"id": "B", "organ": "liver"}]}
    assert what_is_wrong("lesions.weight_bearing", DerivedExample(given, {}, False, ()), VOCABULARY) is not None
    assert what_is_wrong("lesions.weight_bearing", DerivedExample(given, {}, False, (), "B"), VOCABULARY) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "derived.ret_fusion:",
            "derived.ret_fusions:",
            "examples of no derived fact; did you mean 'derived.ret_fusion'?",
        ),
        ("value: true}", "values: true}", "unknown key 'values'"),
        (", value: true}", "}", "needs either 'value' or 'asks'"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    shutil.copytree(directories(None)[0] / "vocabulary", tmp_path / "vocabulary")
    path = tmp_path / "vocabulary" / "derived_examples.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError) as raised:
        load_vocabulary(tmp_path / "vocabulary")
    assert any(message in issue.message for issue in raised.value.issues)


def test_the_command_counts_the_changes_of_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutants", "organ.viscera", "severe_clearance"]) == 0
    printed = capsys.readouterr().out
    assert "1 explained, 0 survived" in printed
