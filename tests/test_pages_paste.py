"""A pasted patient is read by the server alone, and comes into the form as it is or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from browser_support import NARROW, WIDE, fits, offer, paste, shot, violations, with_example
from corpus import SCENARIOS
from oncocds.engine import Engine
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.app import create_app
from oncocds_api.pages.examples import examples
from oncocds_api.settings.settings import Settings
from profile_strategies import PROFILES, Plain

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DENOSUMAB = '{"drug": "denosumab", "status": "active"}'
REFUSED = {
    '{"diagnosis": {"tumour_type": "breast"}, "medications": [' + DENOSUMAB + ', {"drug": "zometa"}]}': (
        "/medications/1/drug",
        "zoledronate",
    ),
    '{"diagnosis": {"tumour_type": "breast"}, "medication": [' + DENOSUMAB + "]}": ("/medication", "medications"),
    '{"symptoms": {"cord_sign": true}}': ("/symptoms/cord_sign", "cord_signs"),
    '{"patient": {"symptoms": {"cord_sign": true}}}': ("/patient/symptoms/cord_sign", "cord_signs"),
    '{"symptoms": {"cord_signs": "yes"}}': ("/symptoms/cord_signs", "是或否"),
    '{"diagnosis": {"tumour_type": "Breast"}}': ("/diagnosis/tumour_type", "breast"),
    '{"age": 30, "age": 70}': ("/age", "写了两次"),
    '{"medications": [{"drug": "denosumab", "drug": "sorafenib"}]}': ("/medications/0/drug", "写了两次"),
    '{"labs": {"calcium": {"value": 3.1}}}': ("/labs/calcium/unit", "mmol/L"),
    '{"age": "70"}': ("/age", "数字"),
    '{"age": NaN}': ("/age", "有限的数"),
    '{"diagnosis": {"tumour_type": "hcc"}, "medications": {"drug": "sorafenib"}}': ("/medications", "列表"),
    '{"lesions": {"organ": "bone"}}': ("/lesions", "列表"),
    '{"lesions": [null]}': ("/lesions/0", "对象"),
    "[null]": ("/", "不是可读的JSON对象"),
    "null": ("/", "不是可读的JSON对象"),
    "": ("/", "不是可读的JSON对象"),
    '{"age": 70,}': ("/", "不是可读的JSON对象"),
    '{"patient": {}, "polcy": {}}': ("/polcy", "policy"),
    '{"patient": {}, "policy": {"elderly": 65}}': ("/policy/elderly", "elderly_age"),
    '{"patient": {}, "as_of": "yesterday"}': ("/as_of", "日期"),
    '{"policy": {}}': ("/patient", "缺少"),
    '{"resourceType": "Patient"}': ("/resourceType", "Bundle"),
}


def filled_in(page: Page) -> Any:
    return page.evaluate("Profile.collect()")


def digest(plain: Plain) -> str:
    return input_digest(identified(read_profile(plain, bundled_vocabulary())))


def test_what_the_api_refuses_stays_in_the_dialog_with_its_places(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    before = filled_in(page)
    for text, (pointer, words) in REFUSED.items():
        paste(page, text)
        wrong = page.locator("#paste-wrong")
        expect(wrong).to_be_visible()
        expect(wrong.locator("code").first).to_have_text(pointer)
        expect(wrong).to_contain_text(words)
        expect(page.locator("#paste-dialog")).to_be_visible()
        assert filled_in(page) == before
        page.locator("#paste-dialog [value=cancel]").click()
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["400", "1440"])
def test_a_refusal_of_many_places_can_be_read_in_both_languages(
    visit: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = visit(size=size)
    page.locator(".summary").wait_for(state="attached")
    text = {"medication": [], "age": "70", "symptoms": {"cord_sign": True}, "lesions": [{"organ": "bones"}] * 30}
    paste(page, json.dumps(text))
    wrong = page.locator("#paste-wrong")
    expect(wrong.locator("li")).to_have_count(33)
    assert violations(page, "#paste-dialog") == []
    shot(page, f"paste-refused-{size[0]}")
    page.evaluate("document.getElementById('language').click()")
    expect(wrong).to_contain_text("did you mean 'medications'?", use_inner_text=True)
    expect(wrong).not_to_contain_text("是否为", use_inner_text=True)
    expect(page.locator("#paste-check")).to_be_in_viewport()


FILLED = """patients => {
  const trial = profileOf(Profile.form.cloneNode(true));
  return patients.map((patient) => { trial.fill({ patient }); return trial.collect(); });
}"""


def test_examples_and_scenarios_come_into_the_form_and_out_of_it_the_same(
    visit: Callable[..., Page], engine: Engine
) -> None:
    page = visit()
    patients = [json.loads(one.profile) for one in examples()] + [case["patient"] for case in SCENARIOS]
    folder = Path(__file__).resolve().parent.parent / "examples" / "patients"
    patients += [json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))]
    held = page.evaluate(FILLED, patients)
    for patient, request in zip(patients, held, strict=True):
        assert set(request) == {"patient"}
        assert digest(request["patient"]) == digest(patient)
    for patient in patients[::12]:
        assert page.evaluate("patient => Profile.lost({ patient })", dumped(patient)) == []


def dumped(patient: Plain) -> Plain:
    """A profile as the server gives it back."""
    return read_profile(patient, bundled_vocabulary()).model_dump(by_alias=True, exclude_none=True)


def test_any_profile_comes_out_of_the_form_the_same_or_the_form_says_what_it_would_lose(
    visit: Callable[..., Page],
) -> None:
    page = visit()

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(PROFILES)
    def law(patient: Plain) -> None:
        accepted = dumped(patient)
        lost, held = page.evaluate(
            "patient => [Profile.lost({ patient }), (Profile.fill({ patient }), Profile.collect())]", accepted
        )
        assert lost == []
        assert digest(held["patient"]) == digest(patient)

    law()


ODD: list[Plain] = [
    {"medications": [{"drug": "other", "name": " Zometa, 4 mg", "class": ["bisphosphonate"], "dose": "4 mg "}]},
    {"medications": [{"drug": "other", "name": "X", "class": []}]},
    {"labs": {"calcium": {"interpretation": "high", "reference_high": 2.6}}},
    {"labs": {"calcium": {"value": 11.2, "unit": "mg/dL", "since_symptoms": False}}},
    {"labs": {"calcium": {"unit": "mg/dL"}}},
    {"medications": [{"drug": "denosumab", "interval_weeks": 1e-07}]},
    {"radiotherapy": [{"adjacent_organs": ["heart, left", "lung"], "targets": []}]},
    {"radiotherapy": [{"adjacent_organs": ["[", "a，b"]}]},
    {"lesions": [{}, {"organ": "bone"}], "medications": []},
    {"history": [], "incomplete": ["history"]},
    {
        "history": [
            {"id": "e1", "of": "lvef", "date": "2026-01-02", "value": 62, "unit": "%"},
            {"of": "calcium", "date": "2026-01-02", "value": 9.2, "unit": "mg/dL"},
        ]
    },
]


def test_nothing_of_an_accepted_profile_is_lost(visit: Callable[..., Page]) -> None:
    page = visit()
    for patient in ODD:
        held = page.evaluate("patient => { Profile.fill({ patient }); return Profile.collect(); }", dumped(patient))
        assert digest(held["patient"]) == digest(patient)
    page.evaluate("Profile.fill({ patient: {} })")
    assert filled_in(page) == {"patient": {}}


SHOWN = {
    "patient": {
        "diagnosis": {"tumour_type": "breast"},
        "cardiac": {"lvef_baseline": 62},
        "labs": {"creatinine": {"value": 2.1, "unit": "mg/dL"}},
        "lesions": [{"id": f"L{n}", "organ": "bone"} for n in range(30)],
        "medications": [{"drug": "denosumab"}],
        "incomplete": ["medications"],
    },
    "policy": {"elderly_age": 65, "cross_tumour_safety": True},
    "as_of": "2025-01-31",
}


TOLD = (
    "现有的患者资料将被换下", "将填入 34", "1 项换算了单位；1 个列表可能不全：见下。", "基线LVEF 62 %",
    "血肌酐 2.1 mg/dL （换算：185.64 µmol/L）", "病灶[L0] 器官 骨", "另 22 项", "可能不全的列表",
    "老年的年龄界值 65 岁", "评估日期 2025-01-31", "与本院设置相同",
)  # fmt: skip


def test_what_would_be_filled_in_is_shown_and_reaches_the_form_only_when_it_is_wanted(
    visit: Callable[..., Page],
) -> None:
    page = with_example(visit())
    before = filled_in(page)
    offer(page, json.dumps(SHOWN))
    shown = page.locator("#paste-shown")
    for words in TOLD:
        expect(shown).to_contain_text(words, use_inner_text=True)
    assert filled_in(page) == before
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
    expect(shown).to_be_focused()
    for size in ((320, 700), NARROW, WIDE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        expect(page.locator("#paste-take")).to_be_in_viewport(ratio=1)
        assert fits(page)
        shot(page, f"paste-shown-{size[0]}")
    assert violations(page, "#paste-dialog") == []
    page.locator("#paste-back").click()
    expect(page.locator("#paste-text")).to_have_value(json.dumps(SHOWN))
    page.locator("#paste-check").click()
    page.locator("#paste-take").wait_for()
    page.keyboard.press("Escape")
    assert filled_in(page) == before
    page.evaluate("document.getElementById('paste').click()")
    expect(page.locator("#paste-take")).to_be_hidden()
    expect(shown).to_be_empty()
    page.evaluate("document.getElementById('paste-dialog').close()")
    paste(page, json.dumps(SHOWN))
    page.locator(".changed").wait_for()
    assert filled_in(page)["patient"]["incomplete"] == ["medications"]


def test_what_a_bundle_leaves_out_is_shown_before_it_is_filled_in(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator(".start").wait_for()
    bundle = Path(__file__).resolve().parent.parent / "examples" / "fhir" / "bone-metastases-with-two-agents.json"
    offer(page, bundle.read_text("utf-8"))
    shown = page.locator("#paste-shown")
    expect(shown).to_contain_text("诊断已被排除，未采用。")
    expect(shown).to_contain_text("Condition/liver-refuted")
    expect(shown).to_contain_text("病灶可能不全")
    assert filled_in(page) == {"patient": {}}
    expect(page.locator("#imported")).to_be_hidden()
    assert violations(page, "#paste-dialog") == []
    page.evaluate("document.getElementById('language').click()")
    expect(shown).to_contain_text("To be filled in", use_inner_text=True)
    page.locator("#paste-take").click()
    expect(page.locator("#imported")).to_contain_text("Condition/liver-refuted")


def test_what_the_form_cannot_hold_is_not_taken_over(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    before = filled_in(page)
    page.evaluate("""document.querySelector('[data-name="diagnosis.extent"]').remove()""")
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
    paste(page, '{"age": 30, "diagnosis": {"tumour_type": "hcc", "extent": "metastatic"}}')
    wrong = page.locator("#paste-wrong")
    expect(wrong).to_contain_text("表单不能原样容纳")
    expect(wrong).to_contain_text("/patient/diagnosis/extent")
    del before["patient"]["diagnosis"]["extent"]
    assert filled_in(page) == before


def test_a_request_comes_with_its_date_and_its_settings(visit: Callable[..., Page], engine: Engine) -> None:
    page = visit()
    page.locator(".summary").wait_for()
    patient = {"age": 66, "diagnosis": {"tumour_type": "breast"}}
    request = {"patient": patient, "policy": {"elderly_age": 65}, "as_of": "2025-01-31"}
    paste(page, json.dumps(request))
    page.locator(".changed").wait_for()
    evaluation = engine.evaluate(patient, {"elderly_age": 65}, "2025-01-31")
    shown = page.locator("#answer [data-input]")
    expect(shown).to_have_attribute("data-input", evaluation.input_digest)
    expect(shown).to_have_attribute("data-policy", evaluation.policy.digest)
    assert filled_in(page) == request
    banner = page.locator(".changed")
    expect(banner).to_contain_text("老年的年龄界值 本次：65 岁；本院：未设", use_inner_text=True)
    expect(banner).to_contain_text("2025-01-31，不是今天")
    assert violations(page, ".changed") == []
    shot(page, "changed-settings")
    page.emulate_media(media="print")
    expect(banner).to_be_visible()
    page.emulate_media(media="screen")
    page.locator("#clear").click()
    expect(banner).to_have_count(0)
    assert filled_in(page) == {"patient": {}}


@pytest.fixture(scope="module")
def with_a_limit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    policy = tmp_path_factory.mktemp("site") / "policy.yaml"
    policy.write_text("oligomet_max: 5\n", "utf-8")
    with TestClient(create_app(workers=1, policy=policy, settings=Settings())) as client:
        yield client


def test_a_bundle_brings_the_settings_that_its_reading_leaves_unset(with_a_limit: TestClient) -> None:
    """Its lesions may not be all there are: no count of them is held against the site's limit, on the page either."""
    bundle = Path(__file__).resolve().parent.parent / "examples" / "fhir" / "bone-metastases-with-two-agents.json"
    json_type = {"Content-Type": "application/json"}
    found = with_a_limit.post("/profile", content=bundle.read_bytes(), headers=json_type).json()
    evaluation = with_a_limit.post("/v1/fhir/evaluations", content=bundle.read_bytes(), headers=json_type).json()
    assert found["input_digest"] == evaluation["evaluation"]["input_digest"]
    assert found["policy_digest"] == evaluation["evaluation"]["policy"]["digest"]
    request = {"patient": found["patient"], "policy": found["policy"]}
    again = with_a_limit.post("/v1/evaluations", json=request).json()
    assert again["input_digest"] == found["input_digest"]
    assert again["policy"]["digest"] == found["policy_digest"]


def test_a_setting_that_no_field_shows_stands_in_the_form_until_it_is_removed(visit: Callable[..., Page]) -> None:
    page = visit()
    request = {"patient": {}, "policy": {"oligomet_max": None, "cross_tumour_emergencies": False}}
    held = page.evaluate("request => { Profile.fill(request); return Profile.collect(); }", request)
    assert held == request
    page.locator("#group-policy").evaluate("group => { group.open = true; }")
    shown = page.locator('.carried[data-name="policy.cross_tumour_emergencies"]')
    expect(shown).to_contain_text("急症警报适用于其他肿瘤：关", use_inner_text=True)
    shown.locator(".drop").click()
    assert filled_in(page)["policy"] == {"oligomet_max": None}
    page.locator('[data-name="policy.oligomet_max"] input').fill("3")
    assert filled_in(page)["policy"] == {"oligomet_max": 3}
    assert page.locator('[data-name="policy.cross_tumour_emergencies"] :is(input, select)').count() == 0


@pytest.mark.parametrize("text", ["# language: zh-CN\n功能: 甲", "功能：甲\n  场景：乙", "Feature: a\n  Scenario: b"])
def test_who_pastes_a_scenario_is_told_where_it_runs(visit: Callable[..., Page], text: str) -> None:
    page = visit()
    page.locator(".start").wait_for()
    offer(page, text)
    wrong = page.locator("#paste-wrong")
    expect(wrong.locator("a")).to_have_attribute("href", "/scenarios")
    expect(wrong).to_contain_text("场景")
    offer(page, '{"age": "70"}')
    expect(wrong).to_contain_text("应为：数字")
    expect(wrong.locator("a")).to_have_count(0)
