"""What waits for one answer, on the page: under what is critical, with the patient's values, and answered in place."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser_support import HER2, NARROW, WIDE, fits, shot, violations, with_patient
from oncocds.engine import Engine
from oncocds_api.pages.examples import examples

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LVEF = '[data-decision="cardiac.marked_decline"]'


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["400", "1440"])
def test_what_waits_for_one_answer_stands_under_what_is_critical_and_is_answered_there(
    visit: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = with_patient(visit(size=size))
    assert page.evaluate("document.querySelector('#now').nextElementSibling.id") == "decide"
    decision = page.locator("#decide " + LVEF)
    expect(decision).to_contain_text("62 %")
    expect(decision).to_contain_text("48 %")
    expect(decision).to_contain_text("HER2RT-16")
    expect(decision.locator(".quote q")).to_contain_text("一旦出现明显下降")
    expect(decision.get_by_role("img", name="LVEF 62% → 48%")).to_be_visible()
    assert fits(page)
    assert violations(page, "#decide") == []
    decision.scroll_into_view_if_needed()
    shot(page, f"decisions-{size[0]}")
    decision.get_by_role("button", name="是").click()
    alarm = page.locator("#alarm a")
    expect(alarm).to_contain_text("新的紧急事项：左心室射血功能明显下降")
    expect(decision).to_have_count(0)
    assert page.evaluate("Profile.collect().patient.cardiac") == HER2["cardiac"] | {"marked_decline": True}
    assert page.evaluate("Boolean(document.activeElement.closest('[data-decision]'))")  # on to the next one
    assert violations(page, "#decide", "#alarm") == []
    shot(page, f"decided-{size[0]}")
    alarm.click()
    expect(page.locator("#now summary", has_text="左心室射血功能明显下降")).to_be_focused()
    expect(alarm).to_have_count(0)


def test_an_alarm_that_no_longer_holds_is_gone(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    page.locator(LVEF).get_by_role("button", name="是").click()
    expect(page.locator("#alarm a")).to_have_count(1)
    page.locator('[data-name="cardiac.marked_decline"] label', has_text="否").click()
    expect(page.locator("#alarm a")).to_have_count(0)
    page.locator('[data-name="cardiac.marked_decline"] label', has_text="是").click()
    expect(page.locator("#alarm a")).to_have_count(1)
    page.locator("#clear").click()
    expect(page.locator("#alarm")).to_be_empty()


def test_every_answer_is_recorded_in_the_form_and_brings_what_it_promised(
    visit: Callable[..., Page], engine: Engine
) -> None:
    page = with_patient(visit())
    for patient in [HER2, *(json.loads(one.profile) for one in examples())]:
        for decision in engine.evaluate(patient).decisions:
            for answer in decision.answers:
                held = page.evaluate(
                    "([patient, fact, value]) => { Profile.fill({ patient }); Profile.answer(fact, value);"
                    "return Profile.collect().patient; }",
                    [patient, decision.fact, answer.value],
                )
                verdicts = engine.evaluate(held).verdicts
                assert all(verdicts[brought.rule] == "fires" for brought in answer.brings), (
                    decision.fact,
                    answer.value,
                )


def test_a_reading_is_recorded_beside_what_the_result_holds_already(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    held = page.evaluate(
        "() => { Profile.fill({ patient: { labs: { calcium: { date: '2026-01-05' } } } });"
        "Profile.answer('labs.calcium.interpretation', 'high'); return Profile.collect().patient; }"
    )
    assert held == {"labs": {"calcium": {"date": "2026-01-05", "interpretation": "high"}}}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_answer_is_copied_as_text_and_only_while_it_is_current(
    visit: Callable[..., Page], engine: Engine, language: str
) -> None:
    page = with_patient(visit(f"/?lang={language}"))
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    page.locator("#copy").click()
    expect(page.locator("#copy")).to_contain_text("已复制" if language == "zh" else "Copied")
    copied = page.evaluate("window.copied")
    evaluation = engine.evaluate(HER2)
    assert evaluation.input_digest in copied
    assert all((line.line.zh if language == "zh" else line.line.en) in copied for line in evaluation.briefing)
    page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    page.locator("#f-age").fill("71")
    expect(page.locator("#copy")).to_be_disabled()
    expect(page.locator(LVEF).locator("button").first).to_be_disabled()


def test_paper_keeps_the_order_and_asks_what_is_to_be_decided(visit: Callable[..., Page], engine: Engine) -> None:
    page = with_patient(visit())
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") <= 2
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    paper = page.locator(".columns").inner_text()
    headings = [one.split("\n")[0] for one in page.locator(".columns h2:visible").all_inner_texts()]
    titles = ["紧急与禁忌", "待您判断", "要做与要留意", "还缺少的资料", "可考虑", "常规", "已让位"]
    shown = [title for heading in headings for title in titles if heading.startswith(title)]
    assert shown == titles
    for decision in engine.evaluate(HER2).decisions:
        assert decision.question.zh in paper
    assert page.locator(".answer-with:visible").count() == 0


def test_an_answer_about_a_record_that_was_left_out_adds_the_item_and_counts_one_less(
    visit: Callable[..., Page], engine: Engine
) -> None:
    page = visit()
    drug = {"id": "z", "drug": "zoledronate", "status": "active"}
    patient = {"diagnosis": {"tumour_type": "breast"}, "medications": [drug], "left_out": {"medications": 2}}
    (decision,) = (one for one in engine.evaluate(patient).decisions if one.id == "left_out.medications")
    value = decision.answers[0].value
    answer = (
        "([patient, fact, value]) => { Profile.fill({ patient }); Profile.answer(fact, value);"
        " return Profile.collect().patient; }"
    )
    held = page.evaluate(answer, [patient, decision.fact, value])
    counted = {"medications": [drug, value], "incomplete": ["medications"], "left_out": {"medications": 1}}
    assert held == patient | counted
    held = page.evaluate(answer, [patient | {"left_out": {"medications": 1}}, decision.fact, value])
    assert held == {key: one for key, one in (patient | counted).items() if key != "left_out"}


@pytest.mark.parametrize("width", [390, 1280])
def test_where_nothing_but_a_question_is_critical_the_counts_say_so(visit: Callable[..., Page], width: int) -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast", "extent": "metastatic"},
        "lesions": [
            {"id": "L2", "organ": "bone", "site": "lumbar_spine", "status": "imaging_positive", "painful": True}
        ],
        "symptoms": {"cord_signs": False, "hypercalcaemia_like": False},
    }
    page = with_patient(visit(size=(width, 844)), patient)
    page.locator("#language").click()
    assert page.locator(".summary .count.critical").count() == 0
    count = page.locator(".summary .count.ask").first
    expect(count).to_contain_class("urgent")
    number = count.locator("b").inner_text()
    expect(page.locator("#shelf-decide small")).to_have_text(number)
    if width < 400:
        box = page.locator("#jump-counts").bounding_box()
        asked = page.locator("#jump-counts .ask").first.bounding_box()
        told = page.locator("#jump-counts .info").bounding_box()
        assert box is not None
        assert asked is not None
        assert told is not None
        assert asked["y"] < box["y"] + box["height"] - 1
        assert asked["x"] + asked["width"] <= box["x"] + box["width"] + 1
        assert (asked["y"], asked["x"]) < (told["y"], told["x"])  # what is for information gives way first
