"""The drugs of the vocabulary: each has all its classes and its own codes, and class questions about it are certain."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from oncocds import Engine
from oncocds.cli import main
from oncocds.engine import directories
from oncocds.errors import KnowledgeError, ProfileError
from oncocds.proofs.drugs import named_drugs, told_apart
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.drug_checks import drug_issues
from oncocds.vocabulary.loader import bundled_vocabulary, load_vocabulary
from oncocds.vocabulary.models import Drug

ENGINE = Engine.load()
VOCABULARY = bundled_vocabulary()
DRUGS = {code: drug for code, drug in VOCABULARY.drugs.items() if code != "other"}
BONE = {
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [{"id": "T8", "organ": "bone", "status": "imaging_positive"}],
}
START = "BCBM-50"


def verdicts(medications: list[dict[str, Any]], **more: Any) -> dict[str, str]:
    return dict(ENGINE.evaluate({**BONE, **more, "medications": medications}).verdicts)


def test_every_class_that_a_class_implies_is_listed_too() -> None:
    implied = VOCABULARY.implied_classes
    for drug in DRUGS.values():
        assert {implied[name] for name in drug.classes if name in implied} <= set(drug.classes), drug.code
        assert len(set(drug.classes)) == len(drug.classes), drug.code


def test_every_line_says_where_it_was_seen_and_has_no_code_from_memory() -> None:
    for drug in DRUGS.values():
        assert drug.seen, drug.code
        assert not ("memory" in drug.seen and drug.codes), drug.code
        assert ("atc" in drug.codes) is bool({"atc", "atc_2020"} & set(drug.seen)), drug.code


def test_the_classes_of_a_code_never_contradict_the_drug_that_has_it() -> None:
    codes = bundled_codes()
    for drug in DRUGS.values():
        for code in drug.codes.get("atc", ()):
            has, has_not = codes.classes_by_atc(code.removesuffix("*"))
            assert has <= set(drug.classes), (drug.code, code)
            assert not has_not & set(drug.classes), (drug.code, code)


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("amlodipine", ()),
        ("clodronate", ("bone_modifying_agent", "bisphosphonate")),
        ("incadronate", ("bone_modifying_agent", "bisphosphonate")),
        ("narlumosbart", ("bone_modifying_agent",)),
        ("inetetamab", ("anti_her2", "systemic")),
        ("disitamab_vedotin", ("anti_her2", "adc", "systemic")),
        ("trastuzumab_rezetecan", ("anti_her2", "adc", "systemic")),
        ("dalpiciclib", ("cdk4_6_inhibitor", "systemic")),
        ("elacestrant", ("endocrine", "systemic")),
        ("ivonescimab", ("immunotherapy", "systemic", "other_targeted")),
        ("gentamicin", ("nephrotoxic",)),
        ("vancomycin", ("nephrotoxic",)),
        ("diclofenac", ("analgesic", "nephrotoxic")),
        ("tramadol", ("analgesic",)),
    ],
)
def test_classes(name: str, classes: tuple[str, ...]) -> None:
    assert DRUGS[name].classes == classes


@pytest.mark.parametrize("status", ["active", "planned", "stopped", None])
def test_an_everyday_drug_changes_no_verdict_and_leaves_nothing_open(status: str | None) -> None:
    stated = {} if status is None else {"status": status}
    without = verdicts([])
    assert verdicts([{"drug": "amlodipine", **stated}]) == without
    beside = [{"drug": "zoledronate", "status": "active"}]
    assert verdicts([{"drug": "amlodipine", **stated}, *beside]) == verdicts(beside)


def test_every_bone_agent_of_the_vocabulary_is_an_alarm_beside_another() -> None:
    agents = [code for code, drug in DRUGS.items() if "bone_modifying_agent" in drug.classes]
    assert len(agents) >= 12
    for code in agents:
        if code != "denosumab":
            medications = [{"drug": code, "status": "active"}, {"drug": "denosumab", "status": "planned"}]
            found = ENGINE.evaluate({**BONE, "medications": medications})
            assert found.verdicts["BCBM-62"] == "fires", code
            (ground,) = [one for item in found.advice for one in item.grounds if one.rule == "BCBM-62"]
            assert DRUGS[code].label.zh in ground.text.zh, code
            assert DRUGS[code].label.en in ground.text.en, code


# --- A drug outside the vocabulary of which some classes are known --------------------------------------------------


def other(**classes: list[str]) -> dict[str, Any]:
    return {"id": "X", "drug": "other", "name": "foobar", "status": "active", **classes}


def test_what_a_drug_is_certainly_not_asks_nothing() -> None:
    denosumab = {"id": "D", "drug": "denosumab", "status": "planned"}
    assert verdicts([other(), denosumab])["BCBM-62"] == "undetermined"
    assert verdicts([other(not_class=["bone_modifying_agent"]), denosumab])["BCBM-62"] == "silent"
    assert verdicts([other(not_class=["anti_her2"]), denosumab])["BCBM-62"] == "undetermined"
    assert verdicts([other(has_class=["bisphosphonate"]), denosumab])["BCBM-62"] == "fires"


def test_what_is_open_is_asked_as_the_class() -> None:
    found = ENGINE.evaluate({**BONE, "medications": [other(not_class=["anti_her2"])]})
    asked = {question.fact for question in found.questions.clinician}
    assert "medications[X].class" in asked
    assert not any(fact.endswith(("has_class", "not_class")) for fact in asked)


@pytest.mark.parametrize(
    ("medication", "place"),
    [
        (other(has_class=["bisphosphonate"], not_class=["bone_modifying_agent"]), "not_class"),
        ({**other(), "class": [], "has_class": ["anti_her2"]}, "has_class"),
        ({**other(), "class": ["anti_her2"], "not_class": ["systemic"]}, "not_class"),
        ({**other(not_class=["anti_her2"]), "drug": "amlodipine"}, "not_class"),
    ],
)
def test_classes_that_contradict_each_other_are_refused(medication: dict[str, Any], place: str) -> None:
    with pytest.raises(ProfileError) as refused:
        ENGINE.evaluate({"medications": [medication]})
    assert [problem.pointer for problem in refused.value.problems] == [f"/medications/0/{place}"]


def test_a_printed_name_in_the_place_of_a_code_is_answered_with_the_code() -> None:
    with pytest.raises(ProfileError) as refused:
        ENGINE.evaluate({"medications": [{"drug": "唑来膦酸注射液 4mg"}]})
    (problem,) = refused.value.problems
    assert "nearest: zoledronate" in problem.expected


# --- What oncocds check refuses -------------------------------------------------------------------------------------


def changed(tmp_path: Path, old: str, new: str) -> Path:
    rules, seeds = directories(None)
    shutil.copytree(rules, tmp_path / "rules")
    shutil.copytree(seeds, tmp_path / "seeds")
    path = tmp_path / "rules" / "vocabulary" / "drugs.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "[络活喜, Norvasc,",
            "[络活喜, Norvasc, 注射用 唑来膦酸,",
            "without what is printed around it means 'zoledronate'",
        ),
        ("[络活喜, Norvasc,", "[络活喜, Norvasc, 唑來膦酸,", "once cleaned it means 'zoledronate'"),
        ("[络活喜, Norvasc,", "[络活喜, Norvasc, 唑来膦酸,", "'唑来膦酸' is taken: it means 'zoledronate'"),
        ("atc: [C08CA01]", "atc: [M05BX04]", "the atc code M05BX04 is taken: it means 'denosumab'"),
        ("atc: [C08CA01]", "atc: [A12AA04]", "the atc code A12AA04 is taken: it means 'calcium'"),
    ],
)
def test_check_refuses_a_name_or_a_code_of_two_drugs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, expected: str
) -> None:
    assert main(["--knowledge", str(changed(tmp_path, old, new)), "check"]) != 0
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("seen: atc rxnorm imported nhsa", "seen: hearsay", "'seen' cannot be 'hearsay'"),
        ("seen: atc rxnorm imported nhsa", "seen: memory", "a code from memory is none"),
        (", seen: atc rxnorm imported nhsa", "", "'seen' is missing"),
        ("of: [amlodipine, valsartan]", "of: [amlodipine, valsartann]", "'of' names no drug 'valsartann'"),
    ],
)
def test_mistakes_in_the_drugs_are_found(tmp_path: Path, old: str, new: str, expected: str) -> None:
    with pytest.raises(KnowledgeError) as refused:
        load_vocabulary(changed(tmp_path, old, new) / "rules" / "vocabulary")
    assert any(expected in str(issue) for issue in refused.value.issues), refused.value.issues


def test_the_bundled_drugs_pass_the_checks() -> None:
    assert not list(drug_issues(VOCABULARY))


# --- Proofs need few of them ----------------------------------------------------------------------------------------


def alike(drug: Drug) -> frozenset[str]:
    return frozenset(drug.classes)


def test_a_proof_keeps_every_kind_of_drug_and_every_drug_that_is_named() -> None:
    kept = told_apart(ENGINE.knowledge, 3, ["aspirin"]).drugs
    assert len(kept) < len(VOCABULARY.drugs) / 5
    assert {*named_drugs(ENGINE.knowledge), "aspirin", "other"} <= kept.keys()
    assert {"denosumab", "zoledronate", "alendronate"} <= set(named_drugs(ENGINE.knowledge))
    for drug in DRUGS.values():
        stands = [one for one in kept.values() if alike(one) == alike(drug)]
        several = [one for one in DRUGS.values() if alike(one) == alike(drug)]
        assert len(stands) >= min(3, len(several)), drug.code


def test_a_kept_drug_is_the_drug_itself() -> None:
    kept = told_apart(ENGINE.knowledge, 2).drugs
    assert all(dataclasses.asdict(drug) == dataclasses.asdict(VOCABULARY.drugs[code]) for code, drug in kept.items())


def test_an_agent_known_to_be_for_osteoporosis_is_a_bone_agent(engine: Engine) -> None:
    unlisted = {"drug": "other", "name": "X", "class": ["osteoporosis_agent"], "status": "active"}
    patient = {"medications": [{"drug": "zoledronate", "status": "active"}, unlisted]}
    assert engine.evaluate(patient).verdicts["BCBM-62"] == "fires"
