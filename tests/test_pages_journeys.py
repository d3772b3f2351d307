"""Journeys at a site with a limit of its own: a pasted record, the first screen, the language, what is typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from browser_support import NARROW, WIDE, fits, offer, paste, serving, shot, violations
from fhir_support import bundle, concept, condition, patient
from oncocds_api.settings.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ONE_BONE_CODE = bundle(
    patient(gender="female", birthDate="1966-01-01"),
    condition("c", concept(ICD10, "C50.9")),
    condition("m", concept(ICD10, "C79.5")),
    *(
        {
            "resourceType": "MedicationDispense",
            "id": f"d{n}",
            "status": "completed",
            "modifierExtension": [{"url": "urn:x"}],
        }
        for n in range(5)
    ),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    policy = tmp_path_factory.mktemp("site") / "policy.yaml"
    policy.write_text("oligomet_max: 5\n", "utf-8")
    with serving(Settings(), policy) as address:
        yield address


def settled(page: Page) -> Page:
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
    return page


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["400", "1440"])
def test_a_record_that_may_not_be_all_is_pasted_and_says_so(visit: Callable[..., Page], size: tuple[int, int]) -> None:
    page = settled(visit(size=size))
    asked = page.request.post("/v1/fhir/evaluations", data=ONE_BONE_CODE).json()
    paste(page, json.dumps(ONE_BONE_CODE))
    page.locator("#answer", has_text=asked["evaluation"]["input_digest"]).wait_for()
    settled(page)
    note = page.locator("#imported-note")
    expect(note).to_contain_text("读入的FHIR记录可能不全：病灶、药物。")
    told = page.locator("#imported")
    expect(told).to_contain_text("病灶可能不全：")
    expect(told).to_contain_text("等 5 项")
    expect(page.locator('[data-list="lesions"] .incomplete')).to_be_checked()
    assert page.locator(".item [href='/rules/HER2RT-99']").count() == 0
    fired = {rule for rule, verdict in asked["evaluation"]["verdicts"].items() if verdict == "fires"}
    assert {link.inner_text() for link in page.locator("#advice .item .rule").all() if link.inner_text()} <= fired
    assert fits(page)
    assert violations(page, "#imported-note", "#imported") == []
    shot(page, f"fhir-open-lists-{size[0]}")
    page.emulate_media(media="print")
    expect(note).to_be_visible()
    page.emulate_media(media="screen")
    page.locator("#clear").click()
    expect(note).to_be_hidden()


def test_a_bundle_of_four_megabytes_is_read(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    large = {**ONE_BONE_CODE, "id": "x" * 4_200_000}
    asked = page.request.post("/v1/fhir/evaluations", data=large).json()
    offer(page, json.dumps(large))
    expect(page.locator("#paste-shown")).to_contain_text("病灶可能不全")
    assert page.evaluate("Profile.collect()") == {"patient": {}}
    page.locator("#paste-take").click()
    page.locator("#answer", has_text=asked["evaluation"]["input_digest"]).wait_for()


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["400", "1440"])
def test_nothing_known_shows_the_ways_in(visit: Callable[..., Page], size: tuple[int, int]) -> None:
    page = settled(visit(size=size))
    start = page.locator(".start")
    expect(start).to_contain_text("尚未填写患者资料")
    expect(page.locator("#answer")).not_to_contain_text("没有适用的建议")
    expect(page.locator("#questions")).to_have_count(0)
    assert fits(page)
    assert violations(page) == []
    shot(page, f"start-{size[0]}")
    start.locator("[data-start=paste]").click()
    expect(page.locator("#paste-text")).to_be_focused()
    page.keyboard.press("Escape")
    start.locator("[data-start=form]").click()
    expect(page.get_by_label("肿瘤类型")).to_be_focused()


def test_no_advice_is_never_said_while_a_critical_fact_is_missing(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    page.locator("#f-age").fill("60")
    undecided = page.locator("#advice .undecided")
    expect(undecided).to_contain_text("尚不能判断")
    expect(page.locator("#answer")).not_to_contain_text("没有适用的建议")
    undecided.click()
    expect(page.locator("#questions")).to_be_in_viewport()


def test_numbers_are_read_as_people_type_them(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    typed = {
        '[data-name="age"] input': "６０岁",
        '[data-name="cardiac.lvef_baseline"] input': "62%",
        '[data-name="cardiac.lvef_latest"] input': "４７．５ ％",
        '[data-name="weight"] [data-part=value]': "60 kg",
        '[data-name="labs.calcium"] [data-part=value]': "2．9 mmol/L",
        '[data-name="labs.creatinine"] [data-part=value]': "88 µmol/L",
        '[data-name="labs.albumin"] [data-part=value]': "4.1 g/dL",  # not the unit that is chosen
        '[data-name="biomarkers.er_pct"] input': "10-20%",
    }
    for field, text in typed.items():
        page.locator(field).fill(text)
    held = page.evaluate("Profile.collect().patient")
    assert held["age"] == 60
    assert held["cardiac"] == {"lvef_baseline": 62, "lvef_latest": 47.5}
    assert held["weight"] == {"value": 60, "unit": "kg"}
    assert held["labs"]["calcium"] == {"value": 2.9, "unit": "mmol/L"}
    assert held["labs"]["creatinine"] == {"value": 88, "unit": "umol/L"}
    assert held["labs"]["albumin"]["value"] == "4.1 g/dL"
    assert held["biomarkers"]["er_pct"] == "10-20%"
    expect(page.locator('[data-name="labs.albumin"] .wrong')).to_contain_text("应为：数字")


def test_a_unit_is_shown_as_people_write_it(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    page.locator('[data-name="weight"] [data-part=unit]').select_option("[lb_av]")
    page.locator('[data-name="weight"] [data-part=value]').fill("5000")
    expect(page.locator('[data-name="weight"] .wrong')).to_contain_text("可用单位：kg、g、lb")
    assert "[lb_av]" not in page.locator("body").inner_text()


def test_the_language_of_the_address_stays_on_every_page(visit: Callable[..., Page]) -> None:
    page = visit("/?lang=en")
    page.evaluate("localStorage.clear()")
    for path, title in (("/rules", "Rules"), ("/documents", "Documents"), ("/scenarios", "Scenarios")):
        page.locator(f'nav [href^="{path}"]').click()
        page.wait_for_url(f"**{path}?lang=en")
        assert page.title() == f"{title} · oncocds"
        page.evaluate("localStorage.clear()")
    page.goto("/rules?lang=en")
    page.locator("#query").fill("BCBM-62")
    page.evaluate("localStorage.clear()")
    page.locator("#rules a:visible").first.click()
    page.wait_for_url("**/rules/BCBM-62?lang=en")
    assert page.title().startswith("BCBM-62 Never two different")
    page.locator("#language").click()
    assert page.title().startswith("BCBM-62 不同种类")


def test_a_page_without_scripts_says_what_it_can_do_in_its_language(visit: Callable[..., Page]) -> None:
    page = visit("/?lang=en", scripts=False)
    expect(page.locator("main .notice").first).to_contain_text("Evaluating needs JavaScript")
    page = visit("/rules/bcbm-62?lang=en", scripts=False)
    expect(page.locator("h1")).to_contain_text("Never two different", use_inner_text=True)
    expect(page.locator("h1")).not_to_contain_text("不同种类", use_inner_text=True)
    assert page.url.endswith("/rules/BCBM-62?lang=en")


def test_a_drug_is_found_by_any_name_by_pinyin_and_by_initials(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    page.locator('[data-list="medications"] .add').click()
    field = page.locator('[data-list="medications"] [data-name="drug"] input')
    offers = page.locator("#drug-offers option")
    for typed, drug in {
        "地舒": "地舒单抗",
        "dishu": "地舒单抗",
        "dsdk": "地舒单抗",
        "Denosu": "地舒单抗",
        "赫赛": "曲妥珠单抗",
        "HERCEP": "曲妥珠单抗",
        "zoled": "唑来膦酸",
        "zlls": "唑来膦酸",
    }.items():
        field.fill(typed)
        assert drug in offers.evaluate_all("options => options.map((option) => option.value)"), typed
        shown = offers.evaluate_all("options => options.map((option) => `${option.value} ${option.label}`)")
        assert all(typed.lower() in one.lower() for one in shown), typed  # or the browser would hide it
    field.fill("赫赛汀")
    assert page.evaluate("Profile.collect().patient.medications") == [{"drug": "trastuzumab"}]
    field.fill("zlls")  # initials may be another drug's: they only offer
    assert page.evaluate("Profile.collect().patient.medications") == [{"drug": "zlls"}]


def test_what_was_cleared_or_replaced_can_be_brought_back(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    expect(page.locator("#undo")).to_be_hidden()
    paste(page, json.dumps(ONE_BONE_CODE))
    page.locator("#imported-note").wait_for()
    held = page.evaluate("Profile.collect()")
    page.locator("#clear").click()
    page.locator(".start").wait_for()
    page.locator("#undo").click()
    settled(page)
    assert page.evaluate("Profile.collect()") == held
    expect(page.locator("#imported-note")).to_be_visible()
    page.select_option("#example", "cord-signs")
    page.locator(".item.critical").first.wait_for()
    assert fits(page)
    page.locator("#undo").click()
    assert page.locator(".item.critical").count() == 0  # gone before anything else
    settled(page)
    assert page.evaluate("Profile.collect()") == held
