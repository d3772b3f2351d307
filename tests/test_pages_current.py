"""Advice on the page belongs to what the form holds, or does not stand there as advice: whatever the server does."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Locator, Page, expect

from browser_support import APPS, NARROW, SHOTS, WIDE, fits, paste, serving, shot, violations, with_example
from fault_proxy import Faults, proxied
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.settings.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LIVER = {"age": 30, "sex": "male", "diagnosis": {"tumour_type": "hcc"}, "medications": [{"drug": "sorafenib"}]}
TWO_AGENTS = "不同的骨改良药物不可同时使用"
FAILURES = ["500", "503", "drop", "login", "redirect"]


@pytest.fixture(scope="module")
def proxy() -> Iterator[tuple[str, Faults]]:
    with serving(Settings()) as behind, proxied(behind) as both:
        yield both


@pytest.fixture
def address(proxy: tuple[str, Faults], faults: Faults) -> str:
    return proxy[0]


@pytest.fixture
def faults(proxy: tuple[str, Faults]) -> Iterator[Faults]:
    faults = proxy[1]
    faults.release()
    faults.posted.clear()
    yield faults
    faults.release()


def advice(page: Page) -> Locator:
    return page.locator("#answer .item")


def settled(page: Page, state: str) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-state", state)


def digest(page: Page) -> str:
    return page.locator("#answer [data-input]").get_attribute("data-input") or ""


def with_two_agents(page: Page) -> Page:
    with_example(page)
    settled(page, "current")
    expect(advice(page).first).to_contain_text(TWO_AGENTS)
    return page


def now_gone(page: Page, action: str) -> bool:
    """Do something in the page and tell whether, in the same moment, no advice stands there, nor its counts."""
    gone = "!document.querySelector('#answer .item, #answer .summary')"
    empty = " && ".join(f"!document.getElementById('{name}').textContent" for name in ("jump-counts", "changes"))
    return bool(page.evaluate(f"() => {{ {action}; return {gone} && {empty}; }}"))


CLEAR = "document.getElementById('clear').click()"
CHOOSE = (
    "const list = document.getElementById('example'); list.value = 'hcc-sbrt';"
    "list.dispatchEvent(new Event('change', { bubbles: true }))"
)


@pytest.mark.parametrize("action", [CLEAR, CHOOSE], ids=["clear", "example"])
def test_another_patient_ends_the_old_advice_before_anything_else(
    visit: Callable[..., Page], faults: Faults, action: str
) -> None:
    page = with_two_agents(visit())
    for path in ("/evaluate", "/profile", "/examples/hcc-sbrt.json"):
        faults[path] = "held"
    assert now_gone(page, action)
    settled(page, "pending")
    faults.release()


def test_a_pasted_patient_without_an_answer_has_no_advice(visit: Callable[..., Page], faults: Faults) -> None:
    page = visit()
    for fault in FAILURES:
        with_two_agents(page)
        faults["/evaluate"] = fault
        paste(page, json.dumps(LIVER))
        settled(page, "failed")
        expect(page.locator("#f-age")).to_have_value("30")
        expect(advice(page)).to_have_count(0)
        expect(page.locator("#answer")).not_to_contain_text("Sign in")
        faults.release()
        page.locator(".failure button").click()
        settled(page, "current")
        expect(page.locator("#answer")).not_to_contain_text(TWO_AGENTS)
        expect(page.locator(".failure")).to_have_count(0)


def test_an_example_that_does_not_load_leaves_no_advice_and_says_so(visit: Callable[..., Page], faults: Faults) -> None:
    page = visit()
    for fault in FAILURES:
        with_two_agents(page)
        faults["/examples/hcc-sbrt.json"] = fault
        page.select_option("#example", "hcc-sbrt")
        settled(page, "failed")
        expect(page.locator(".failure")).to_contain_text("示例患者未能载入，表单未改动")
        expect(advice(page)).to_have_count(0)
        expect(page.locator("#example")).to_have_value("")
        faults.release()
        page.locator(".failure button").click()
        settled(page, "current")
        expect(page.get_by_label("肿瘤类型")).to_have_value("hcc")


def test_clear_without_a_server_leaves_nothing(visit: Callable[..., Page], faults: Faults) -> None:
    page = visit()
    for fault in FAILURES:
        with_two_agents(page)
        faults["/evaluate"] = fault
        page.locator("#clear").click()
        settled(page, "failed")
        expect(advice(page)).to_have_count(0)
        expect(page.locator("#f-age")).to_have_value("")
        faults.release()
        page.locator(".failure button").click()
        settled(page, "current")


def test_a_change_that_gets_no_answer_marks_what_stands_and_offers_to_try_again(
    visit: Callable[..., Page], faults: Faults
) -> None:
    page = visit()
    for fault in FAILURES:
        with_two_agents(page)
        faults["/evaluate"] = fault
        page.locator("#f-age").fill("71")
        settled(page, "failed")
        expect(page.locator(".failure")).to_contain_text("以下建议未更新")
        assert page.evaluate("document.getElementById('advice').inert")
        expect(page.locator("#print")).to_be_disabled()
        assert violations(page, ".failure") == []
        shot(page, f"failed-{fault}")
        faults.release()
        page.locator(".failure button").click()
        settled(page, "current")
        assert not page.evaluate("document.getElementById('advice').inert")
        expect(page.locator("#print")).to_be_enabled()


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["400", "1440"])
def test_an_answer_that_takes_long_is_marked_and_neither_printed_nor_copied(
    visit: Callable[..., Page], faults: Faults, size: tuple[int, int]
) -> None:
    page = with_two_agents(visit(size=size))
    shot(page, f"current-{size[0]}")
    faults["/evaluate"] = "kept"
    page.locator("#f-age").fill("71")
    settled(page, "pending")
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#print")).to_be_disabled()
    expect(page.locator("#answer .pending p")).to_be_visible()
    expect(page.locator("#answer .pending p")).to_contain_text("以下建议尚未更新")
    colour = "getComputedStyle(document.querySelector('#advice {}')).color"
    page.wait_for_function(f"() => {colour.format('.action')} === {colour.format('.identity')}")
    assert fits(page)
    assert violations(page) == []
    shot(page, f"pending-{size[0]}")
    copied = page.evaluate(
        """() => { getSelection().selectAllChildren(document.querySelector('#advice .item'));
        const clipboardData = new DataTransfer();
        const event = new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true });
        document.querySelector('#advice .item').dispatchEvent(event);
        return [event.defaultPrevented, event.clipboardData.getData('text/plain')]; }"""
    )
    assert copied[0]
    assert "不是当前建议" in copied[1]
    page.emulate_media(media="print")
    expect(page.locator(".not-current")).to_be_visible()
    expect(page.locator(".not-current")).to_contain_text("不是当前建议")
    expect(page.locator("#advice")).to_be_hidden()
    page.pdf(path=SHOTS / f"print-pending-{size[0]}.pdf", prefer_css_page_size=True)
    page.screenshot(path=SHOTS / f"print-pending-{size[0]}.png")
    page.emulate_media(media="screen")
    faults.release()
    settled(page, "current")
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#answer .pending p")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".not-current")).to_be_hidden()
    expect(page.locator("#advice")).to_be_visible()


def test_paper_is_never_of_a_patient_that_changed_unnoticed(visit: Callable[..., Page], faults: Faults) -> None:
    """A field may change without telling (an extension, a restored form): looked at again before it is printed."""
    page = with_two_agents(visit())
    faults["/evaluate"] = "held"
    page.evaluate("document.getElementById('f-age').value = '12'; dispatchEvent(new Event('beforeprint'))")
    settled(page, "pending")
    faults.release()


def test_a_call_ends_after_ten_seconds(visit: Callable[..., Page], faults: Faults) -> None:
    page = visit("/documents")
    page.clock.install(time=datetime.datetime(2026, 1, 31, 8, tzinfo=datetime.UTC))
    page.goto("/")
    page.locator(".summary").wait_for()
    page.clock.pause_at(datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC))
    faults["/evaluate"] = "held"
    page.locator("#f-age").fill("71")
    page.clock.run_for(250)
    page.clock.run_for(9_900)
    settled(page, "pending")
    page.clock.run_for(200)
    settled(page, "failed")
    expect(page.locator(".failure")).to_contain_text("10秒内没有答复")
    page.clock.resume()
    faults.release()
    page.locator(".failure button").click()
    settled(page, "current")


def test_a_late_answer_is_not_shown_for_another_patient(visit: Callable[..., Page], faults: Faults) -> None:
    page = with_two_agents(visit())
    faults["/evaluate"] = "kept"
    page.locator("#f-age").fill("71")
    settled(page, "pending")
    faults.pop("/evaluate")
    page.locator("#clear").click()
    settled(page, "current")
    cleared = digest(page)
    faults.release()
    page.wait_for_timeout(300)
    assert digest(page) == cleared
    expect(page.locator("#answer")).not_to_contain_text(TWO_AGENTS)


def test_an_answer_to_another_request_is_not_put_into_the_page(visit: Callable[..., Page], faults: Faults) -> None:
    """A cache on the way that repeats the last answer."""
    page = with_two_agents(visit())
    faults["/evaluate"] = "stored"
    paste(page, json.dumps(LIVER))
    settled(page, "failed")
    expect(advice(page)).to_have_count(0)
    expect(page.locator(".failure")).to_contain_text("不是对这份资料的答复")


def test_a_pasted_patient_that_nobody_read_stays_in_the_dialog(visit: Callable[..., Page], faults: Faults) -> None:
    page = visit()
    for fault in FAILURES:
        with_two_agents(page)
        before = digest(page)
        faults["/profile"] = fault
        paste(page, json.dumps(LIVER))
        expect(page.locator("#paste-wrong")).to_be_visible()
        expect(page.locator("#paste-wrong")).not_to_contain_text("Sign in")
        assert digest(page) == before
        settled(page, "current")
        expect(page.locator("#paste-text")).to_have_value(json.dumps(LIVER))
        faults.release()
        paste(page, json.dumps(LIVER))
        settled(page, "current")
        expect(page.locator("#f-age")).to_have_value("30")
        expect(page.locator("#answer")).not_to_contain_text(TWO_AGENTS)


def test_what_is_pasted_is_sent_as_it_is(visit: Callable[..., Page], faults: Faults) -> None:
    page = with_two_agents(visit())
    text = '{"age": 30.0,\n "age" :70}'
    faults.posted.clear()
    paste(page, text)
    expect(page.locator("#paste-wrong")).to_contain_text("写了两次")
    assert faults.posted == [("/profile", text.encode())]


def workers() -> list[int]:
    """The worker processes of this test's server."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"oncocds_api.evaluation" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


def test_frozen_workers_are_a_failure_and_the_next_try_succeeds(
    visit: Callable[..., Page], faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_two_agents(visit())
    (app,) = APPS.values()
    monkeypatch.setattr(app.state.editions.current.pool, "_time_limit", 2.0)
    frozen = workers()
    assert frozen
    for process in frozen:
        os.kill(process, signal.SIGSTOP)
    faults["/evaluate"] = "kept"
    page.locator("#f-age").fill("71")
    settled(page, "pending")
    expect(page.locator("#answer .pending p")).to_be_visible()
    faults.release()
    settled(page, "failed")
    monkeypatch.undo()
    expect(page.locator(".failure")).to_contain_text("以下建议未更新")
    expect(page.locator(".failure button")).to_be_visible()
    page.wait_for_function("() => fetch('/health/ready').then((answer) => answer.ok)")
    page.locator(".failure button").click()
    settled(page, "current")


def test_a_refused_change_is_marked_and_its_words_follow_the_language(
    visit: Callable[..., Page], faults: Faults
) -> None:
    page = with_two_agents(visit())
    page.locator("#f-age").fill("七十")
    settled(page, "refused")
    failure = page.locator(".failure")
    expect(failure).to_contain_text("以下建议未更新")
    expect(page.locator("#print")).to_be_disabled()
    expect(advice(page).first).to_be_visible()
    assert page.evaluate("document.getElementById('advice').inert")
    assert violations(page, ".failure") == []
    shot(page, "refused-1440")
    page.locator("#language").click()
    expect(failure).to_contain_text("The advice below is not updated", use_inner_text=True)
    expect(failure).not_to_contain_text("以下建议未更新", use_inner_text=True)
    page.locator("#f-age").fill("70")
    settled(page, "current")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_without_a_server(visit: Callable[..., Page], faults: Faults, scheme: str) -> None:
    page = with_two_agents(visit(scheme=scheme))
    faults["/evaluate"] = "503"
    page.locator("#f-age").fill("71")
    settled(page, "failed")
    expect(page.locator(".failure")).to_contain_text("服务器正忙")
    assert violations(page) == []
    page.locator("#clear").click()
    settled(page, "failed")
    assert violations(page) == []
    page.locator("#language").click()
    expect(page.locator(".failure")).to_contain_text("The server is busy", use_inner_text=True)
    assert violations(page, ".failure") == []


SEEN = """() => ({
  state: document.getElementById('answer').dataset.state,
  input: document.querySelector('#answer [data-input]')?.dataset.input,
  patient: Profile.collect().patient,
  shown: document.querySelectorAll('#advice .item').length,
  printable: document.querySelector('#print')?.disabled === false })"""
# At once: what fills the form meanwhile never stands between the selection of the old value and the new one (5844).
TYPED = """value => { const age = document.getElementById('f-age'); age.value = value;
  for (const name of ['input', 'change']) age.dispatchEvent(new Event(name, { bubbles: true })); }"""
STEPS = st.one_of(
    st.tuples(st.just("age"), st.sampled_from(["30", "71", "", "七十"])),
    st.tuples(st.just("example"), st.sampled_from(["hcc-sbrt", "two-bone-agents", "cord-signs"])),
    st.tuples(st.just("clear"), st.just("")),
    st.tuples(st.just("paste"), st.sampled_from([json.dumps(LIVER), '{"age": 50}', '{"lesions": {}}', "[null]"])),
    st.tuples(st.sampled_from(["/evaluate", "/profile"]), st.sampled_from([*FAILURES, "kept", "stored", ""])),
    st.tuples(st.just("wait"), st.just("")),
)


def step(page: Page, faults: Faults, what: str, value: str) -> None:
    """Do one thing, without waiting for what comes of it."""
    if what.startswith("/"):
        faults.release()
        faults.update({what: value} if value else {})
    elif what == "paste":
        paste(page, value)
        page.wait_for_function(
            "() => !document.getElementById('paste-wrong').hidden || !document.getElementById('paste-dialog').open",
        )
        page.evaluate("document.getElementById('paste-dialog').close()")
    elif what == "age":
        page.locator("#f-age").fill(value)
    elif what == "example":
        page.select_option("#example", value)
    elif what == "clear":
        page.locator("#clear").click()
    else:
        page.wait_for_timeout(400)


def test_whatever_happens_what_stands_as_current_is_of_what_the_form_holds(
    visit: Callable[..., Page], faults: Faults
) -> None:
    page = with_two_agents(visit())

    def holds() -> None:
        seen = page.evaluate(SEEN)
        if seen["state"] == "current":
            assert seen["input"] == input_digest(identified(read_profile(seen["patient"], bundled_vocabulary())))
        else:
            assert not seen["printable"]

    @settings(max_examples=6, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=3, max_size=7))
    def law(steps: list[tuple[str, str]]) -> None:
        faults.release()
        for what, value in steps:
            if (what, faults.get("/profile")) == ("paste", "kept"):
                faults.release()  # a paste waits for its answer
            step(page, faults, what, value)
            holds()
        faults.release()
        page.evaluate(TYPED, "44")
        settled(page, "current")
        holds()

    law()


def test_a_foreign_page_is_no_document(visit: Callable[..., Page], faults: Faults) -> None:
    page = with_two_agents(visit())
    faults["/documents/breast-bone-metastases"] = "login"
    page.locator(".item.critical .quote").first.click()
    expect(page.locator("#source-text")).to_contain_text("未能载入")
    expect(page.locator("#source-text")).not_to_contain_text("Sign in")


def test_a_foreign_page_is_no_report_of_scenarios(visit: Callable[..., Page], faults: Faults) -> None:
    page = visit("/scenarios")
    faults["/scenarios"] = "login"
    page.get_by_role("button", name="运行").click()
    expect(page.locator("#report")).to_contain_text("答复不是来自本评估服务")
    page.locator("#language").click()
    expect(page.locator("#report")).to_contain_text("did not come from this evaluation service", use_inner_text=True)
    expect(page.locator("#report")).not_to_contain_text("Sign in")
