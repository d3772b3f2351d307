"""The code tables: what is wrong in them is said with file, line and column; what they say fits the vocabulary."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from fhir_support import AS_OF, bundle, concept, condition, fact, request
from oncocds.cli import main
from oncocds.engine import Engine, directories, load_tables
from oncocds.errors import KnowledgeError
from oncocds.vocabulary.code_loader import bundled_codes, load_codes
from oncocds.vocabulary.code_tables import TABLES, CodeTables
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import map_bundle

HOME = directories(None)[0] / "vocabulary" / "codes"


def issues(directory: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as refused:
        load_codes(directory, bundled_vocabulary())
    return [str(issue) for issue in refused.value.issues]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HOME, tmp_path / "codes"))


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        (
            "drugs",
            "- {means: {drug: trastuzumabb}, seen: mcode, atc: [X1]}",
            "'drug' cannot be 'trastuzumabb'; did you mean 'trastuzumab'?",
        ),
        (
            "drugs",
            "- {means: {drug: cisplatin}, seen: mcode, rxnorm: ['224905']}",
            "rxnorm 224905 stands twice; in rules/vocabulary/drugs.yaml:8 it means something else",
        ),
        (
            "drugs",
            "- {means: {drug: trastuzumab}, seen: mcode, rxnorm: ['224905']}",
            "in rules/vocabulary/drugs.yaml:8 it means the same already",
        ),
        ("drugs", "- {means: {drug: cisplatin}, names: [顺氯氨铂]}", "unknown key 'names'"),
        ("sites", "- {means: {organ: [bone]}, names: [ＢＯＮＥ]}", "name 'ＢＯＮＥ' stands twice"),
        ("drug_classes", "antiher2: {complete: true, has: [L01FD*]}", "antiher2: no class of drugs"),
        ("drugs", "- {means: {drug: cisplatin}, atc: [X1]}", "'seen' is missing"),
        ("drugs", "- {means: {drug: cisplatin}, seen: memory, atc: [X1]}", "'seen' cannot be 'memory'"),
        ("drugs", "- {means: {drug: cisplatin}, seen: mcde, atc: [X1]}", "did you mean 'mcode'?"),
        ("phrases", "doubts: {any: [x]}", "unknown key 'doubts'"),
        ("phrases", "more: {nsclcc: [x]}", "no type of tumour 'nsclcc'"),
        ("phrases", "  calciun: [x]", "results: no test 'calciun'; did you mean 'calcium'?"),
        ("phrases", "  any: [x]", "results: no test 'any'"),
        ("absences", "- {means: {of: lesions, known: none}, names: [x]}", "'of' cannot be 'lesions'"),
        ("drugs", "- {means: {drug: cisplatin}}", "neither a code nor a name"),
        ("drugs", "- {means: {}, seen: mcode, atc: [X1]}", "nothing is meant; known here: drug, classes"),
        ("drugs", "- {means: {drug: cisplatin}, seen: mcode, rxnom: ['1']}", "unknown key 'rxnom'"),
        ("drugs", "- {means: {tumour_type: breast}, seen: mcode, atc: [X1]}", "unknown key 'tumour_type'"),
        (
            "observations",
            "- {means: {facts: [labs.creatinin.value]}, names: [x]}",
            "did you mean 'labs.creatinine.value'?",
        ),
        (
            "observations",
            "- {means: {facts: [derived.her2_status]}, names: [x]}",
            "'facts' cannot be 'derived.her2_status'",
        ),
        ("findings", "- {means: {fact: age}, names: [x]}", "'fact' cannot be 'age'"),
        ("units", "furlong: {spellings: [fur]}", "no fact has this unit"),
        ("units", "mg/dL: {spellings: [x]}", "stands twice"),
        ("systems", "mine: {uris: ['http://loinc.org']}", "URI 'http://loinc.org' is taken: it means 'loinc'"),
        ("messages", "more: {}", "unknown key 'more'"),
        ("sources", "more: {where: an index, what: codes}", "'where' cannot be 'an index'; owner/name or an address"),
    ],
)
def test_mistakes_are_found_where_they_stand(copy: Path, file: str, line: str, expected: str) -> None:
    path = copy / f"{file}.yaml"
    number = len(path.read_text("utf-8").splitlines()) + 1
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    found = issues(copy)
    assert any(expected in issue for issue in found), found
    assert all(re.match(rf"rules/vocabulary/codes/{file}\.yaml:{number}:\d+: ", issue) for issue in found), found


def test_missing_and_unknown_files(copy: Path) -> None:
    (copy / "sites.yaml").unlink()
    (copy / "site.yaml").write_text("x: y\n", "utf-8")
    assert [issue.split(": ")[1] for issue in issues(copy)] == [
        "nothing reads this file; known here",
        "the file cannot be read",
    ]


def test_the_digest_tells_tables_apart(copy: Path) -> None:
    same = load_codes(copy, bundled_vocabulary())
    assert same.digest == bundled_codes().digest
    path = copy / "drugs.yaml"
    path.write_text("# a remark\n" + path.read_text("utf-8"), "utf-8")
    assert load_codes(copy, bundled_vocabulary()).digest == same.digest
    path.write_text(path.read_text("utf-8") + "- {means: {drug: cisplatin}, seen: mcode, atc: [X1]}\n", "utf-8")
    assert load_codes(copy, bundled_vocabulary()).digest != same.digest


def test_check_reads_the_code_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules, seeds = directories(None)
    shutil.copytree(rules, tmp_path / "rules")
    shutil.copytree(seeds, tmp_path / "seeds")
    path = tmp_path / "rules" / "vocabulary" / "codes" / "systems.yaml"
    path.write_text("- a\n", "utf-8")
    assert main(["--knowledge", str(tmp_path), "check"]) != 0
    assert "rules/vocabulary/codes/systems.yaml:1:1: expected a mapping" in capsys.readouterr().err


def test_every_reason_is_said_and_every_saying_used() -> None:
    home = Path(__file__).parent.parent
    found = (path for root in ("engine/oncocds_fhir", "api") for path in (home / root).rglob("*.py"))
    source = "".join(path.read_text("utf-8") for path in found)
    messages = bundled_codes().messages
    used = set(re.findall(r'"([a-z0-9-]+)"', source))
    for part in messages.values():
        assert set(part) <= used, set(part) - used
    # Every literal reason given to the report is one of them; the others are names of statuses that are reasons too.
    given = set(re.findall(r'(?:unmapped|Unusable)\(\s*"([a-z-]+)"', source))
    assert given <= set(messages["unmapped"])
    assert set(re.findall(r'implausible\(\s*"([a-z-]+)"', source)) <= set(messages["plausibility"])
    assert set(re.findall(r'assumed\("([a-z-]+)"', source)) <= set(messages["assumptions"])


def test_the_tables_known_to_be_right() -> None:
    """Codes that were seen in the files named by their projects, one of each kind."""
    codes = bundled_codes()
    assert codes.drugs.by_code("rxnorm", "1156253").means == {"drug": ("zoledronate",)}  # type: ignore[union-attr]
    assert codes.metastases.by_code("snomed", "94222008").means == {"organ": ("bone",)}  # type: ignore[union-attr]
    assert codes.observations.by_code("loinc", "10230-1").seen == ("mii_cardio",)  # type: ignore[union-attr]


def test_every_code_names_the_public_file_that_it_was_seen_in() -> None:
    codes = bundled_codes()
    for name in TABLES:
        table = getattr(codes, name)
        coded = [*table.codes.values(), *(entry for found in table.prefixes.values() for _, entry in found)]
        assert all(entry.seen for entry in coded), name


def test_every_public_file_vouches_for_a_row() -> None:
    tables = "".join((HOME / f"{name}.yaml").read_text("utf-8") for name in (*TABLES, "drug_classes"))
    seen = {word for words in re.findall(r"seen: ([a-z0-9_ ]+)", tables) for word in words.split()}
    sources = re.findall(r"(?m)^([a-z0-9_]+): ", (HOME / "sources.yaml").read_text("utf-8"))
    assert set(sources) == seen


def test_mcodes_value_sets_of_cancers_are_covered() -> None:
    codes = bundled_codes()
    known = {
        name: sum(system == "snomed" for system, _ in getattr(codes, name).codes) for name in ("tumours", "metastases")
    }
    assert known["metastases"] > 750  # of 811; the rest are leukaemic infiltrates and the like
    assert known["tumours"] > 2000  # of 4,019 with those in situ and of uncertain behaviour


OVERLAY = """
systems:
  snomed: {uris: ["urn:hospital:sct"]}
  hospital: {uris: ["urn:hospital:diagnoses"]}
tumours:
- {means: {tumour_type: breast, laterality: left}, hospital: [D-17], names: [左乳Ca]}
sites:
- {means: {organ: bone, site: lumbar_spine, radiotherapy_site: bone}, names: [下腰段]}
drugs:
- {means: {drug: zoledronate}, hospital: [Y0001]}
units:
  10*3/uL: {spellings: [千每微升]}
"""


def test_a_site_adds_codes_names_and_code_systems(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(OVERLAY, "utf-8")
    codes = load_tables(None, bundled_vocabulary(), path)
    assert codes.digest != bundled_codes().digest
    assert codes.systems["urn:hospital:sct"] == "snomed"
    assert codes.spellings["千每微升"] == "10*3/uL"
    assert codes.drugs.by_code("hospital", "Y0001").means == {"drug": ("zoledronate",)}  # type: ignore[union-attr]
    resources = [
        condition("c", concept("urn:hospital:diagnoses", "D-17")),
        condition("m", {"text": "下腰段转移"}),
        request("z", concept("urn:hospital:diagnoses", "Y0001")),
    ]
    found = map_bundle(collect(bundle(*resources)), bundled_vocabulary(), codes, AS_OF).profile
    assert fact(found, "diagnosis.laterality") == "left"
    assert fact(found, "lesions[lumbar_spine].organ") == "bone"
    assert fact(found, "medications[zoledronate].drug") == "zoledronate"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "tumours:\n- {means: {tumour_type: brest}, names: [x]}",
            "site.yaml:2:25: tumours[0]: means: 'tumour_type' cannot be 'brest'; did you mean 'breast'?",
        ),
        (
            "tumours:\n- {means: {tumour_type: gastric}, names: [乳腺癌]}",
            "name '乳腺癌' stands twice; in rules/vocabulary/codes/tumours.yaml",
        ),
        (
            "tumour:\n- {means: {tumour_type: breast}, names: [x]}",
            "site.yaml:1:1: unknown key 'tumour'; did you mean 'tumours'?",
        ),
        (
            "drugs:\n- {means: {drug: denosumab}, names: [注射用唑来膦酸]}",
            "site.yaml:2:38: name '注射用唑来膦酸' is taken: it is read as 'zoledronate'",
        ),
        (
            "drugs:\n- {means: {classes: [anti_her2]}, names: [新药]}\n- {means: {classes: []}, names: [新药]}",
            "site.yaml:3:34: name '新药' stands twice; on line 2 it means something else",
        ),
        (
            "observations:\n- {means: {facts: [labs.magnesium.value]}, names: [血钙]}",
            "site.yaml:2:52: name '血钙' is taken: it means 'labs.calcium.value'",
        ),
        ("observations:\n- {means: {special: [elsewhere]}, names: [血鈣]}", "name '血鈣' is taken"),
        (
            "answers:\n- {means: {value_sets: [her2_status], code: negative}, names: [阳性]}",
            "name '阳性' is taken: it means 'positive'",
        ),
        (
            "drugs:\n- {means: {group: [chemotherapy]}, names: [择泰]}",
            "name '择泰' is taken: it means 'zoledronate'",
        ),
        ("units:\n  10*3/uL: {spellings: [mmol/L]}", "spelling 'mmol/L' is taken: it is a unit itself"),
        ("messages: {}", "unknown key 'messages'"),
        ("- x", "site.yaml:1:1: expected a mapping"),
        ("tumours: [x", "site.yaml:"),
    ],
)
def test_mistakes_of_a_site_are_found_where_they_stand(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_tables(None, bundled_vocabulary(), path)
    assert any(expected in str(issue) for issue in refused.value.issues), [str(i) for i in refused.value.issues]


def test_no_site_gives_another_meaning_to_a_name_of_a_test(tmp_path: Path) -> None:
    vocabulary = bundled_vocabulary()
    path = tmp_path / "site.yaml"

    def refused(fact: str) -> set[str]:
        rows = "".join(f"- {{means: {{facts: [{fact}]}}, names: [{json.dumps(word)}]}}\n" for word in names)
        path.write_text("observations:\n" + rows, "utf-8")
        with pytest.raises(KnowledgeError) as error:
            load_tables(None, vocabulary, path)
        lines = {issue.line for issue in error.value.issues}
        return {word for number, word in enumerate(names, 2) if number in lines}

    names = [
        word
        for name, field in vocabulary.fields.items()
        if name.startswith("labs.") and name.endswith(".value")
        for word in (field.label.zh, field.label.en, *field.synonyms)
    ]
    assert refused("symptoms.bone_pain") == set(names)


def test_a_site_may_write_what_a_name_means_already(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("observations:\n- {means: {facts: [labs.calcium.value]}, names: [血钙, 钙离子检验]}\n", "utf-8")
    codes = load_tables(None, bundled_vocabulary(), path)
    assert codes.observations.by_name("钙离子检验") is not None


def test_an_overlay_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"nowhere\.yaml:1:1: the file cannot be read"):
        load_tables(None, bundled_vocabulary(), tmp_path / "nowhere.yaml")


def test_a_site_s_own_names_may_be_written_in_traditional_characters(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    units = "units:\n  mg/dL: {spellings: [毫克每單位]}\n"
    path.write_text("tumours:\n- {means: {tumour_type: breast}, names: [乳房惡性腫瘤術後]}\n" + units, "utf-8")
    tables = load_tables(None, bundled_vocabulary(), path)
    assert tables.tumours.by_name("乳房恶性肿瘤术后") is not None
    assert tables.spellings["毫克每单位"] == "mg/dL"


OWN_DRUGS = """
systems:
  ours: {uris: ["urn:hospital:drugs"]}
drugs:
- {means: {drug: denosumab}, ours: [D1], names: [骨盾针, Bonguard]}
- {means: {classes: [anti_her2, systemic]}, ours: [H1, H2], names: [赫新单抗, Hexinmab]}
- {means: {classes: [bisphosphonate]}, ours: [B1], names: [新膦酸]}
- {means: {group: [bisphosphonate]}, ours: [G1]}
"""
OURS = "urn:hospital:drugs"
BONE = {"bisphosphonate", "bone_modifying_agent"}


@pytest.fixture
def own_drugs(tmp_path: Path) -> CodeTables:
    path = tmp_path / "site.yaml"
    path.write_text(OWN_DRUGS, "utf-8")
    return load_tables(None, bundled_vocabulary(), path)


def medications(codes: CodeTables, *drugs: dict[str, Any]) -> list[dict[str, Any]]:
    records = [request(f"r{n}", drug) for n, drug in enumerate(drugs)]
    found = map_bundle(collect(bundle(*records)), bundled_vocabulary(), codes, AS_OF).profile
    return [dict(one) for one in found["medications"]]


@pytest.mark.parametrize("drug", [{"text": "骨盾针"}, {"text": "BONGUARD 120mg 注射液"}, concept(OURS, "D1")])
def test_a_site_adds_names_of_drugs(own_drugs: CodeTables, drug: dict[str, Any]) -> None:
    (one,) = medications(own_drugs, drug, {"text": "安加维"})
    assert one["drug"] == "denosumab"


def test_a_drug_of_the_site_s_own_has_one_name_and_all_its_classes(own_drugs: CodeTables, engine: Engine) -> None:
    said = [{"text": "赫新单抗"}, {"text": "注射用赫新单抗(100mg)"}, {"text": "hexinmab"}, concept(OURS, "H2", "赫新")]
    (one,) = medications(own_drugs, *said)
    assert (one["drug"], one["name"], one["class"]) == ("other", "赫新单抗", ["anti_her2", "systemic"])
    patient = {"diagnosis": {"tumour_type": "gastric"}, "medications": [one]}
    assert engine.evaluate(patient, as_of=AS_OF).verdicts["HER2RT-15"] == "fires"


@pytest.mark.parametrize("text", ["赫新单抗类似物", "拟赫新单抗", "赫新单抗+化疗"])
def test_what_only_holds_a_name_of_the_site_s_own_is_not_that_drug(own_drugs: CodeTables, text: str) -> None:
    (one,) = medications(own_drugs, {"text": text})
    assert one["name"] == text
    assert "class" not in one


def test_classes_imply_others_and_a_group_says_nothing_of_the_rest(own_drugs: CodeTables) -> None:
    (one,) = medications(own_drugs, {"text": "新膦酸"})
    assert set(one["class"]) == BONE
    (group,) = medications(own_drugs, concept(OURS, "G1", "骨药"))
    assert set(group["has_class"]) == BONE
    assert group["not_class"] == []
    (either,) = medications(own_drugs, {"text": "新膦酸或地舒单抗"})
    assert either["has_class"] == ["bone_modifying_agent"]


def test_no_table_is_empty() -> None:
    for name in TABLES:
        assert list(getattr(bundled_codes(), name).entries())


def test_the_gaps_of_therapies_are_checked(copy: Path) -> None:
    path = copy / "therapies.yaml"
    good = path.read_text("utf-8")
    for old, new, said in (
        ("  denosumab:", "  denosumabb:", "denosumabb: no drug"),
        ("Xgeva: {names: [安加维]", "Xgeva: {names: [安加威]", "安加威: no name of a drug"),
        ("Xgeva: {names: [安加维]", "Xgeva: {names: [择泰]", "择泰: another drug than Xgeva"),
        (
            "clodronate: {names: [氯膦酸二钠], source",
            "clodronate: {names: [氯膦酸二钠], sauce",
            "key 'source' is missing",
        ),
        ("usual: 35, longest: 183", "usual: 35, longest: 3", "expected 0 < usual <= longest"),
        ("  radiotherapy: {usual: 7", "  zoledronat: {usual: 7", "gaps: 'radiotherapy' is missing"),
        ("[pertuzumab, trastuzumab]", "[pertuzumab, trastuzumap]", "trastuzumap: no drug"),
    ):
        assert old in good
        path.write_text(good.replace(old, new), "utf-8")
        with pytest.raises(KnowledgeError) as error:
            load_codes(copy, bundled_vocabulary())
        assert any(said in str(issue) for issue in error.value.issues), error.value.issues
    path.write_text(good.replace("longest: 183", "longest: 184"), "utf-8")
    assert load_codes(copy, bundled_vocabulary()).digest != bundled_codes().digest
