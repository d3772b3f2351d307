"""A laboratory test, a class of drugs and settings that the vocabulary alone brings: every reading knows them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fhir_support import AS_OF, LOINC, bundle, concept, observation, quantity, statement
from oncocds.engine import Engine, directories, load_bundled_or, load_tables
from oncocds.errors import KnowledgeError, PolicyError, ProfileError
from oncocds.profile.policy import STRICT
from oncocds.profile.schema import profile_schema
from oncocds.proofs.claims import all_claims
from oncocds.proofs.declared import read_declared
from oncocds.proofs.prove import Prover
from oncocds.reference.policy import policy_page
from oncocds.scenarios.direct import run_text
from oncocds.scenarios.site import site
from oncocds.scenarios.writer import write_feature, write_scenario
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds_api.pages.form import form
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import map_bundle

RULE = "BCBM-99"
VOCABULARY = "rules/vocabulary"
LABELS = {
    "value": ("number U/L", "乳酸脱氢酶", "lactate dehydrogenase"),
    "date": ("date", "乳酸脱氢酶检验日期", "date of lactate dehydrogenase"),
    "reference_low": ("number U/L", "乳酸脱氢酶参考下限", "lower limit of lactate dehydrogenase"),
    "reference_high": ("number U/L", "乳酸脱氢酶参考上限", "upper limit of lactate dehydrogenase"),
    "interpretation": ("code interpretation", "乳酸脱氢酶判读", "reading of lactate dehydrogenase"),
}
FIELDS = "".join(
    f"labs.ldh.{name}: {{type: {kind}, world: input, zh: {zh}, en: {en}}}\n" for name, (kind, zh, en) in LABELS.items()
)
SETTING = """
policy.{name}:
  type: {type}
{more}  world: policy
  zh: {zh}
  en: {en}
  description: {{zh: 未设定时不下结论。, en: Unset it stays open.}}
  effect: {{zh: 设定后按此执行。, en: Set it is followed.}}
"""
FIELDS += SETTING.format(
    name="follow_rounds",
    type="integer",
    more="  range: {at_least: 1, at_most: 12}\n",
    zh="复查次数",
    en="rounds of review",
)
FIELDS += SETTING.format(
    name="no_wnt", type="boolean", more="  safety: true\n", zh="不看Wnt抑制剂", en="leave Wnt inhibitors aside"
)
FIELDS += "symptoms.night_sweats: {type: boolean, world: input, zh: 盗汗, en: night sweats}\n"
ADDED = {
    "fields.yaml": FIELDS,
    "quantities.yaml": "ldh: {unit: U/L, factors: {U/L: 1}, plausible: [1, 50000]}\n",
    "drugs.yaml": "wntastat: {zh: 文他司他, en: wntastat, classes: [wnt_inhibitor, systemic], seen: memory}\n",
    "codes/drug_classes.yaml": "wnt_inhibitor: {complete: false, has: [L01EX99]}\n",
    "codes/observations.yaml": (
        '- {means: {facts: [labs.ldh.value]}, seen: lhc, loinc: ["14804-9"], names: [乳酸脱氢酶测定]}\n'
    ),
}
CLASSES = "    other_targeted: {zh: 其他靶向药物, en: other targeted drug, implies: systemic}\n"
WHEN = """when:
  all:
    - labs.ldh.value > 250
    - some medications: class is wnt_inhibitor
    - policy.follow_rounds >= 2
    - policy.no_wnt is false
    - symptoms.night_sweats is true
"""
PATIENT: Mapping[str, Any] = {
    "diagnosis": {"tumour_type": "breast"},
    "labs": {"ldh": {"value": 400, "unit": "U/L", "reference_high": 250}},
    "medications": [{"drug": "wntastat", "status": "active"}],
    "symptoms": {"night_sweats": True},
}
STORY = f"""# language: zh-CN
功能: 词表带来的

  场景: 化验、药物类别与设置
    假如 患者:
      | 肿瘤类型 | 乳腺癌 |
      | 盗汗     | 是     |
    并且 化验:
      | 化验       | 值      | 上限 |
      | 乳酸脱氢酶 | 400 U/L | 250  |
    并且 用药:
      | 药物     | 状态   |
      | 文他司他 | 使用中 |
    并且 本院设置:
      | 复查次数 | 2 |
    当 评估
    那么 规则"{RULE}"成立
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the knowledge in which files of YAML alone have more."""
    home = tmp_path_factory.mktemp("more")
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, home / name)
    for name, text in ADDED.items():
        path = home / VOCABULARY / name
        path.write_text(path.read_text("utf-8") + text, "utf-8")
    values = home / VOCABULARY / "values.yaml"
    more = CLASSES + "    wnt_inhibitor: {zh: Wnt抑制剂, en: Wnt inhibitor, implies: systemic, named: false}\n"
    values.write_text(values.read_text("utf-8").replace(CLASSES, more), "utf-8")
    rule = (home / "rules/breast-bone-metastases/BCBM-09.yaml").read_text("utf-8").replace("BCBM-09", RULE)
    rule = rule[: rule.index("examples:")].replace("when: holds suspected-bone-metastases\n", WHEN)
    examples = [
        {"given": dict(PATIENT), "policy": {"follow_rounds": 2}, "expect": "fires"},
        {"given": dict(PATIENT), "policy": {"follow_rounds": 1}, "expect": "silent"},
    ]
    rule += f"examples: {json.dumps(examples, ensure_ascii=False)}\n"
    (home / f"rules/breast-bone-metastases/{RULE}.yaml").write_text(rule, "utf-8")
    return home


@pytest.fixture(scope="module")
def more(home: Path) -> Engine:
    return Engine.load(home)


def test_a_profile_has_them_and_a_rule_reads_them(more: Engine) -> None:
    verdict = lambda patient, **policy: more.evaluate(patient, policy).verdicts[RULE]  # noqa: E731
    assert verdict(PATIENT, follow_rounds=2) == "fires"
    assert verdict(PATIENT, follow_rounds=1) == "silent"
    assert verdict(PATIENT, follow_rounds=2, no_wnt=True) == "silent"
    assert verdict(PATIENT) == "undetermined"
    assert verdict({**PATIENT, "labs": {}}, follow_rounds=2) == "undetermined"
    assert verdict({**PATIENT, "labs": {"ldh": {"value": 250, "unit": "U/L"}}}, follow_rounds=2) == "silent"
    other = [{"drug": "other", "name": "x", "class": ["wnt_inhibitor"], "status": "active"}]
    assert verdict({**PATIENT, "medications": other}, follow_rounds=2) == "fires"
    because = more.evaluate(PATIENT, {"follow_rounds": 2}).model_dump(mode="json")
    assert because["policy"]["effective"]["follow_rounds"] == 2


def test_what_is_wrong_is_refused_with_its_place(more: Engine) -> None:
    with pytest.raises(ProfileError) as refused:
        more.evaluate({"labs": {"ldh": {"value": 400, "unit": "mg/dL"}, "lhd": {}}})
    assert "ldh" in refused.value.problems[0].expected
    with pytest.raises(ProfileError) as refused:
        more.evaluate({"labs": {"ldh": {"value": 400, "unit": "mg/dL", "since_symptoms": True}}})
    assert [problem.pointer for problem in refused.value.problems] == ["/labs/ldh/since_symptoms", "/labs/ldh/unit"]
    with pytest.raises(ProfileError) as refused:
        more.evaluate({"labs": {"ldh": {"value": 400, "unit": "mg/dL"}}})
    assert [(problem.pointer, problem.expected) for problem in refused.value.problems] == [("/labs/ldh/unit", "U/L")]
    for value in (0, 13, 2.5, "2", True):
        with pytest.raises(PolicyError) as wrong:
            more.evaluate({}, {"follow_rounds": value})
        assert [problem.pointer for problem in wrong.value.problems] == ["/follow_rounds"]


def test_the_bundled_vocabulary_knows_none_of_them(engine: Engine) -> None:
    for patient in ({"labs": {"ldh": {}}}, {"symptoms": {"night_sweats": True}}):
        with pytest.raises(ProfileError):
            engine.evaluate(patient)
    with pytest.raises(PolicyError):
        engine.evaluate({}, {"follow_rounds": 2})


def test_a_scenario_has_their_words(home: Path, more: Engine) -> None:
    run = run_text("more", STORY, site(home))
    assert run.issues == []
    assert [(step.text, step.reason) for one in run.scenarios for step in one.steps if step.reason] == []
    settings = {"follow_rounds": 2}
    written = write_scenario(PATIENT, "zh", "写", policy=settings, fires=[RULE], knowledge=more.knowledge)
    assert "乳酸脱氢酶" in written
    again = run_text("again", write_feature("写", [written], "zh"), site(home))
    assert [one.passed for one in again.scenarios] == [True]


def test_the_form_asks_for_them(more: Engine) -> None:
    asked = {one.name: one for section in form(more.knowledge.vocabulary) for one in (*section.inputs, *section.more)}
    assert asked["labs.ldh"].label.zh == "乳酸脱氢酶"
    assert [unit.value for unit in asked["labs.ldh"].units] == ["U/L"]
    assert {"symptoms.night_sweats", "policy.follow_rounds"} <= set(asked)
    assert "policy.no_wnt" not in asked


def test_the_schema_and_the_settings_describe_them(more: Engine) -> None:
    schema = profile_schema(more.knowledge.vocabulary)
    assert schema["$defs"]["labs.ldh"]["properties"]["unit"]["anyOf"][0]["enum"] == ["U/L"]
    assert "night_sweats" in schema["$defs"]["Symptoms"]["properties"]
    settings = {one.name: one for one in policy_page(more.knowledge, more.policy).settings}
    assert (settings["follow_rounds"].kind, settings["no_wnt"].kind) == ("threshold", "switch")
    assert [rule.id for rule in settings["follow_rounds"].rules] == [RULE]


def test_records_are_read_into_them(home: Path, more: Engine) -> None:
    vocabulary = more.knowledge.vocabulary
    resources = bundle(
        observation("a", concept(LOINC, "14804-9"), valueQuantity=quantity(400, "U/L")),
        statement("b", "文他司他"),
    )
    found = map_bundle(collect(resources), vocabulary, load_tables(home, vocabulary), AS_OF).profile
    assert found["labs"]["ldh"]["value"] == 400
    assert [one["drug"] for one in found["medications"]] == ["wntastat"]


def test_proofs_read_them(home: Path, more: Engine) -> None:
    prover = Prover(more.knowledge, read_declared(directories(home)[0], more.knowledge))
    claims = tuple(one for one in all_claims() if one.id in ("can-fire", "can-be-silent"))
    results = list(prover.results(claims, lambda _, question: question.subject == RULE))
    assert [len(result.outcomes) for result in results] == [1, 1]
    assert [result.failed for result in results] == [[], []]


def test_a_field_that_nothing_can_hold_does_not_load(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    fields = tmp_path / "home" / VOCABULARY / "fields.yaml"
    lines = fields.read_text("utf-8").count("\n")
    fields.write_text(
        fields.read_text("utf-8") + "lung.fev1: {type: number L, world: input, zh: 一秒量, en: FEV1}\n", "utf-8"
    )
    with pytest.raises(KnowledgeError) as refused:
        load_bundled_or(tmp_path / "home")
    (issue,) = refused.value.issues
    assert (issue.path, issue.line) == (f"{VOCABULARY}/fields.yaml", lines + 1)
    assert "no field of the profile or policy has this name" in issue.message


def test_without_a_policy_an_engine_has_every_setting_unset(more: Engine) -> None:
    unset = Engine(more.knowledge, STRICT).evaluate({}).policy.effective
    assert set(unset) == {
        name.removeprefix("policy.") for name in more.knowledge.vocabulary.fields if "policy." in name
    }
    assert set(unset.values()) == {None}
