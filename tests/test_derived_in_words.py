"""Derived facts in words: how each is concluded, by which tables and numbers; what the vocabulary's reading refuses."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from facts_support import AS_OF, bone
from oncocds.cli import main
from oncocds.engine import directories
from oncocds.errors import KnowledgeError
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.policy import Policy
from oncocds.profile.reading import read_profile
from oncocds.reference.derived import derived_pages
from oncocds.vocabulary.loader import bundled_vocabulary, load_vocabulary

VOCABULARY = bundled_vocabulary()
FACTS = [*DERIVED, *(f"{name}.{field}" for name, fields in EFFECTIVE.items() for field in fields)]


def test_every_number_is_used_by_a_derived_fact() -> None:
    assert {number for field in VOCABULARY.fields.values() for number in field.numbers} == set(VOCABULARY.numbers)


def test_every_derived_fact_has_a_page_in_both_languages() -> None:
    pages = derived_pages(VOCABULARY)
    assert set(pages) == set(FACTS)
    concern = pages["derived.renal_concern"]
    assert {"labs.creatinine.value", "policy.crcl_low", "derived.severe_renal_impairment"} <= {
        one.fact for one in concern.reads
    }
    established = pages["lesions.present_metastasis"].tables[0]
    assert [one.label.zh for one in established.codes] == ["影像阳性", "已确诊"]


def test_a_table_decides_and_no_copy_of_it() -> None:
    """What the table of established statuses leaves out is no longer established."""
    statuses = VOCABULARY.value_sets["lesion_status"]
    fewer = dataclasses.replace(statuses, groups={**statuses.groups, "established": ("confirmed",)})
    changed = dataclasses.replace(VOCABULARY, value_sets={**VOCABULARY.value_sets, "lesion_status": fewer})
    profile = identified(read_profile({"lesions": [bone(id="B1", status="imaging_positive")]}, VOCABULARY))
    policy = Policy()
    facts = ("derived.bone_metastases", "derived.oligometastatic")
    before, after = (PatientFacts(profile, policy, words, AS_OF) for words in (VOCABULARY, changed))
    assert before.finding(facts[0]).value is True
    assert after.finding(facts[0]).missing == ("lesions[B1].status",)


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", ("惯例", "影像阳性、已确诊", "所据资料")), ("en", ("convention", "imaging-positive, confirmed", "reads"))],
)
def test_a_derived_fact_is_printed(language: str, said: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--derived", "lesions.present_metastasis", "--lang", language]) == 0
    printed = capsys.readouterr().out
    assert all(words in printed for words in said)
    assert printed.count("\nlesions.") == 0


def test_all_derived_facts_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--derived"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split("  ")[0] for line in lines if not line.startswith(" ")} == set(FACTS)


def test_a_derived_fact_there_is_not_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--derived", "derived.renal_concerns"]) == 2
    assert "derived.renal_concern'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("derivations", "tables: [organ.viscera]", "tables: [organ.vicera]", "no table 'organ.vicera'"),
        ("derivations", "numbers: [lvef_normal_from]", "numbers: [lvef_normal]", "no number 'lvef_normal'"),
        ("derivations", "reads: [lesions.painful]", "reads: [lesions.panful]", "no fact 'lesions.panful'"),
        ("derivations", "recorded: [lesions.pain_significant]", "recorded: [painful]", "no fact 'painful'"),
        ("numbers", "value: 0.85", 'value: "0.85"', "'value' cannot be '0.85'"),
        ("numbers", "unit: mL/min", "units: mL/min", "unknown key 'units'"),
        ("values", "implies: bone_modifying_agent", "implies: bone_agent", "implies 'bone_agent', no other member"),
    ],
)
def test_what_is_wrong_in_a_table_is_named(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    shutil.copytree(directories(None)[0] / "vocabulary", tmp_path / "vocabulary")
    path = tmp_path / "vocabulary" / f"{file}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError) as raised:
        load_vocabulary(tmp_path / "vocabulary")
    assert any(message in issue.message and issue.path.endswith(f"{file}.yaml") for issue in raised.value.issues)
