"""The journeys of a clinician in a real browser; a picture of each is kept in ``reports/screenshots``."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from starlette.responses import Response

from browser_support import MIDDLE, NARROW, SHOTS, WIDE, fits, paste, serving, shot, violations, with_example
from oncocds_api.settings.settings import Settings
from oncocds_api.web.problems import problem

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
PASTED = '{"age": 70, "diagnosis": {"tumour_type": "breast"}, "symptoms": {"cord_signs": true}}'


class Hospital(BaseHTTPRequestHandler):
    """A hospital's own page on another origin, with ours in a frame."""

    framed = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f'<iframe src="{self.framed}" width="380" height="700" title="oncocds"></iframe>'.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def hospital() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hospital)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(hospital: str) -> Iterator[str]:
    with serving(Settings(frame_ancestors=(hospital,))) as address:
        Hospital.framed = address + "/"
        yield address


@pytest.mark.parametrize("size", [NARROW, MIDDLE, WIDE], ids=["400", "1024", "1440"])
def test_an_example_patient_gets_advice_urgent_first(visit: Callable[..., Page], size: tuple[int, int]) -> None:
    page = with_example(visit(size=size))
    first = page.locator(".item").first
    expect(first).to_contain_text("不同的骨改良药物不可同时使用")
    expect(page.locator(".shelf h2").first).to_contain_text("紧急与禁忌")
    expect(page.locator(".count.critical").first).to_be_visible()
    assert fits(page)
    shot(page, f"evaluate-{size[0]}")


@pytest.mark.parametrize("size", [NARROW, MIDDLE, WIDE], ids=["400", "1024", "1440"])
def test_a_quote_opens_its_document_with_the_passage_marked_and_in_view(
    visit: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = with_example(visit(size=size))
    page.locator(".item.critical .quote").first.click()
    hot = page.locator("#source mark.hot")
    expect(hot).to_have_text("不同种类的骨改良药物不可同时使用")
    expect(hot).to_be_in_viewport()
    shot(page, f"passage-{size[0]}")
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()


def test_advice_follows_what_is_typed_and_says_what_changed(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator(".summary").wait_for()
    page.get_by_label("肿瘤类型").select_option("breast")
    page.locator('[data-name="symptoms.cord_signs"] label', has_text="是").click()
    expect(page.locator(".item.critical")).to_contain_text("脊髓压迫警报")
    expect(page.locator("#changes")).to_contain_text("新增")
    shot(page, "changed")
    page.locator('[data-name="symptoms.cord_signs"] label', has_text="否").click()
    expect(page.locator(".item.critical")).to_have_count(0)
    expect(page.locator("#changes")).to_contain_text("不再适用：脊髓压迫警报")


def test_a_question_leads_to_its_field(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    page.locator("#questions .rest > summary").click()
    page.locator('#questions [data-fact="lesions[rib].fracture_risk"]').click()
    field = page.locator('[data-list="lesions"] .row:nth-child(2) [data-name="fracture_risk"]')
    expect(field).to_be_in_viewport()
    expect(field.locator("input:checked")).to_be_focused()
    shot(page, "question")
    field.locator("label", has_text="否").click()
    expect(page.locator('#questions [data-fact="lesions[rib].fracture_risk"]')).to_have_count(0)


def test_rows_come_and_go(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator(".summary").wait_for()
    page.get_by_label("肿瘤类型").select_option("breast")
    drugs = page.locator('[data-list="medications"]')
    for drug in ("唑来膦酸", "Denosumab"):
        drugs.locator(".add").click()
        row = drugs.locator(".row").last
        row.locator('[data-name="drug"] input').fill(drug)
        row.locator('[data-name="status"] select').select_option("active")
    expect(page.locator(".item.critical")).to_contain_text("不同的骨改良药物不可同时使用")
    drugs.locator(".remove").last.click()
    expect(page.locator(".item.critical")).to_have_count(0)
    drugs.locator(".none").check()
    expect(drugs.locator(".row")).to_have_count(0)


def test_a_list_that_may_be_incomplete_asks_whether_it_is_all(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator(".summary").wait_for()
    page.get_by_label("肿瘤类型").select_option("breast")
    drugs = page.locator('[data-list="medications"]')
    question = page.locator('#questions [data-fact="medications"]')
    drugs.locator(".none").check()
    expect(question).to_have_count(0)
    drugs.locator(".incomplete").check()
    expect(drugs.locator(".none")).not_to_be_checked()
    expect(question).to_contain_text("以上是否为全部药物")
    drugs.locator(".none").check()
    expect(drugs.locator(".incomplete")).not_to_be_checked()
    expect(question).to_have_count(0)
    paste(page, '{"medications": [{"drug": "denosumab"}], "lesions": [], "incomplete": ["lesions", "medications"]}')
    expect(drugs.locator(".incomplete")).to_be_checked()
    expect(page.locator('[data-list="lesions"] .incomplete')).to_be_checked()
    expect(page.locator('[data-list="lesions"] .none')).not_to_be_checked()


def test_what_is_refused_is_said_at_its_field(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    page.locator('[data-name="labs.creatinine"] [data-part="value"]').fill("1.6")
    wrong = page.locator('[data-name="labs.creatinine"] .wrong')
    expect(wrong).to_be_visible()
    expect(page.locator(".failure")).to_contain_text("以下建议未更新")
    shot(page, "refused")
    page.locator('[data-name="labs.creatinine"] [data-part="value"]').fill("62")
    expect(wrong).to_be_hidden()
    expect(page.locator(".failure")).to_have_count(0)


def test_a_pasted_patient_fills_the_form_and_nonsense_is_refused(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator(".summary").wait_for()
    paste(page, "{nonsense")
    expect(page.locator("#paste-wrong")).to_contain_text("不是可读的JSON对象")
    shot(page, "paste-refused")
    paste(page, PASTED)
    expect(page.locator(".item.critical")).to_contain_text("脊髓压迫警报")
    expect(page.locator("#f-age")).to_have_value("70")


def _answered_by(response: Response) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=response.status_code, body=bytes(response.body))


def test_a_server_that_is_gone_is_said_and_the_advice_is_marked_as_old(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    for status, words, age in ((429, "请求太多", "70"), (503, "服务器正忙", "71")):
        answer = {"status": status, "title": "-", "detail": "-"}
        page.route("**/evaluate", functools.partial(Route.fulfill, status=status, json=answer))
        page.locator("#f-age").fill(age)
        expect(page.locator(".failure")).to_contain_text(words)
        page.unroute("**/evaluate")
    for age, name, words in (("76", "not-recorded", "未能记录在案"), ("77", "forbidden", "此密钥无权")):
        page.route("**/evaluate", _answered_by(problem(name)))
        page.locator("#f-age").fill(age)
        expect(page.locator(".failure")).to_contain_text(words)
        page.unroute("**/evaluate")
    page.locator("#f-age").fill("72")
    expect(page.locator(".failure")).to_have_count(0)
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no network')); }")
    page.locator("#f-age").fill("73")
    expect(page.locator(".failure")).to_contain_text("无法连接")
    expect(page.locator("#answer.stale .item").first).to_be_visible()
    shot(page, "server-gone")


def test_a_refusal_speaks_the_language_of_the_page(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    page.locator("#f-age").fill("七十")
    wrong = page.locator('[data-name="age"] .wrong')
    expect(wrong).to_contain_text("格式不对；应为：数字")
    page.locator("#language").click()
    expect(wrong).to_contain_text("wrong type; expected: a number")


def test_a_bundle_without_a_patient_changes_nothing_and_says_why(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    paste(
        page,
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Appointment"}}]}',
    )
    expect(page.locator("#paste-wrong")).to_contain_text("没有可读入的患者资料，表单未改动")
    expect(page.locator("#paste-wrong")).to_contain_text("该类资源不用于生成患者资料")
    shot(page, "fhir-empty")
    paste(page, '{"resourceType": "Patient"}')
    expect(page.locator("#paste-wrong")).to_contain_text("/resourceType")
    too_large = '{"resourceType": "Bundle", "type": "collection", "entry": [], "id": "' + "x" * 8_400_000 + '"}'
    paste(page, too_large)
    expect(page.locator("#paste-wrong")).to_contain_text("资料太大")
    page.locator("#paste-dialog [value=cancel]").click()
    expect(page.locator(".item.critical").first).to_be_visible()


def test_advice_stands_in_order_and_what_is_missing_before_what_is_good_to_know(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    titles = [title.split()[0] for title in page.locator("#answer .shelf h2:visible").all_inner_texts()]
    titles = [title.split("：")[0] for title in titles]
    order = ["紧急与禁忌", "待您判断", "要做与要留意", "文献未排先后的两种意见", "还缺少的资料"]
    order += ["可考虑", "常规", "已让位", "待本院设置"]
    assert titles == [title for title in order if title in titles]
    assert {"紧急与禁忌", "待您判断", "要做与要留意", "还缺少的资料", "可考虑"} <= set(titles)
    closed = page.locator(".do .item:not([open])").first
    expect(closed.locator(".why")).to_be_visible()  # what it says, before it is opened
    expect(page.locator(".consider .item[open]")).to_have_count(0)
    page.locator(".consider > summary").click()
    expect(page.locator(".consider .item").first).to_be_hidden()
    page.locator("#f-age").fill("71")
    expect(page.locator("#answer")).not_to_have_class("stale")
    expect(page.locator(".consider .item").first).to_be_hidden()


def test_the_bar_of_a_narrow_screen_leads_to_the_advice_and_back(visit: Callable[..., Page]) -> None:
    page = with_example(visit(size=(380, 800)))
    page.locator("#language").click()
    assert fits(page)
    bar = page.locator(".jump")
    expect(bar).to_contain_text("Advice")
    bar.click()
    expect(bar.locator(".back-to")).to_be_visible()
    expect(page.locator(".item.critical").first).to_be_in_viewport()
    bar.click()
    expect(page.get_by_label("tumour type")).to_be_in_viewport()


def test_english_is_a_click_away_and_stays(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    page.locator("#language").click()
    expect(page.locator(".item").first).to_contain_text("Never two different bone-modifying agents at once")
    expect(page.get_by_label("tumour type")).to_be_visible()
    shot(page, "english")
    page.goto("/rules/BCBM-62")
    expect(page.locator("h1")).to_contain_text("Never two different bone-modifying agents at once")


def test_from_rule_to_passage_and_back(visit: Callable[..., Page]) -> None:
    page = visit("/rules")
    page.locator("#query").fill("骨改良 同时")
    page.locator("#rules li:visible", has_text="BCBM-62").click()
    shot(page, "rule")
    page.locator(".quote").first.click()
    hot = page.locator("mark.hot")
    expect(hot).to_be_in_viewport()
    shot(page, "document")
    page.locator(".margin a", has_text="BCBM-62").first.click()
    expect(page).to_have_url(re.compile("/rules/BCBM-62$"))


def test_rules_are_filtered_by_a_fact_with_the_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("/rules")
    shown = page.locator("#rules li:visible")
    everything = shown.count()
    page.locator("#by-fact").focus()
    page.keyboard.type("HER2")
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("fact=biomarkers.her2_ihc"))
    by_fact = shown.count()
    assert 0 < by_fact < everything
    page.locator("#by-kind").select_option("monitoring")
    assert 0 < shown.count() < by_fact
    shot(page, "rules")
    page.reload()
    expect(page.locator("#by-fact")).to_have_value("biomarkers.her2_ihc")
    expect(page.locator("#shown")).to_have_text(str(shown.count()))
    page.locator("#language").click()
    expect(page.locator("#by-fact option:checked")).to_contain_text("HER2 IHC")
    page.locator("#all").click()
    expect(shown).to_have_count(everything)


def test_rules_are_filtered_without_scripts(visit: Callable[..., Page]) -> None:
    page = visit("/rules", scripts=False)
    page.locator("#by-fact").select_option("diagnosis.nodal_status")
    page.get_by_role("button", name="筛选").click()
    expect(page).to_have_url(re.compile("fact=diagnosis.nodal_status"))
    expect(page.locator("#rules li:visible")).to_have_count(1)
    expect(page.locator("#by-fact")).to_have_value("diagnosis.nodal_status")


def test_works_within_a_narrow_frame(visit: Callable[..., Page], hospital: str) -> None:
    page = visit(hospital)
    frame = page.frame_locator("iframe")
    frame.locator(".summary").wait_for(state="attached")
    frame.locator("#example").select_option("cord-signs")
    expect(frame.locator(".item.critical").first).to_contain_text("脊髓压迫警报")
    expect(frame.locator(".jump")).to_be_visible()
    shot(page, "frame")


def test_nothing_of_the_patient_is_kept(visit: Callable[..., Page]) -> None:
    page = with_example(visit())
    page.reload()
    page.locator(".summary").wait_for()
    assert page.locator("#f-age").input_value() == ""
    assert page.evaluate("Object.keys(localStorage).filter((key) => key !== 'language').length") == 0
    assert page.evaluate("Object.keys(sessionStorage).length") == 0
    assert page.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Callable[..., Page], scheme: str) -> None:
    page = with_example(visit(scheme=scheme))
    assert violations(page) == [], "/"
    for path in ("/documents", "/documents/her2-radiotherapy", "/rules", "/rules/BCBM-62", "/scenarios"):
        page.goto(path)
        assert violations(page) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_once_a_passage_or_a_dialog_is_open(visit: Callable[..., Page], scheme: str) -> None:
    page = with_example(visit(scheme=scheme))
    page.locator(".item.critical .quote").first.click()
    page.locator("#source mark.hot").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="粘贴").click()
    assert violations(page, "#paste-dialog") == []


def test_the_form_is_worked_with_the_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator(".summary").wait_for()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.get_by_label("肿瘤类型").focus()
    page.keyboard.type("乳")
    page.locator('[data-name="symptoms.cord_signs"] input').first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".item.critical")).to_be_visible()
    page.locator(".item.critical .quote").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source mark.hot")).to_be_in_viewport()
    expect(page.locator("#source-close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".item.critical .quote").first).to_be_focused()


def test_a_pasted_fhir_bundle_becomes_the_form(visit: Callable[..., Page]) -> None:
    bundle = SHOTS.parent.parent / "examples" / "fhir" / "bone-metastases-with-two-agents.json"
    page = visit()
    page.locator(".summary").wait_for()
    paste(page, bundle.read_text("utf-8"))
    expect(page.locator(".item.critical")).to_contain_text("不同的骨改良药物不可同时使用")
    expect(page.locator('[data-list="medications"] .row')).not_to_have_count(0)
    expect(page.locator("#imported")).to_contain_text("诊断已被排除，未采用。")
    expect(page.locator("#imported")).to_contain_text("Condition/liver-refuted")
    shot(page, "fhir")


def test_a_scenario_file_is_run_and_read_step_by_step(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit("/scenarios")
    page.get_by_role("button", name="运行").click()
    expect(page.locator("#report .tag.info [lang='zh-CN']")).to_have_text("通过")
    text = page.locator("#feature").input_value()
    page.locator("#feature").fill(text.replace('规则"BCBM-62"成立', '规则"BCBM-62"不成立'))
    page.get_by_role("button", name="运行").click()
    expect(page.locator("#report .failed").last).to_contain_text("规则 BCBM-62 的结论是“成立”，不是“不成立”")
    expect(page.locator("#report .skipped")).to_have_count(1)
    shot(page, "scenario-failed")
    file = tmp_path / "typo.feature"
    file.write_text(text.replace("肿瘤类型", "肿瘤类形"), "utf-8")
    page.locator("#file").set_input_files(file)
    expect(page.locator("#report")).to_contain_text("肿瘤类型")
    expect(page.locator("#report")).to_contain_text("处错误，场景未运行")
    shot(page, "scenario-mistaken")
    file.write_bytes(b"%PDF-1.7 \xff\xfe no feature at all")
    page.locator("#file").set_input_files(file)
    expect(page.locator("#report")).to_contain_text("neither UTF-8 nor GBK")
    file.write_text("x" * 600_001, "utf-8")
    page.locator("#file").set_input_files(file)
    expect(page.locator("#report")).to_contain_text("文件太大")


@pytest.mark.parametrize("width", [320, 360, 390, 400, 430])
def test_the_bar_of_a_narrow_screen_cuts_no_count(visit: Callable[..., Page], width: int) -> None:
    page = with_example(visit(size=(width, 800)))
    for _ in range(2):
        cut = page.evaluate(
            """() => {
                const box = document.getElementById("jump-counts").getBoundingClientRect();
                return [...document.querySelectorAll("#jump-counts > *")].map((one) => one.getBoundingClientRect())
                    .filter((one) => one.height && one.top < box.bottom - 1)
                    .filter((one) => one.right > box.right + 1 || one.bottom > box.bottom + 1).length;
            }"""
        )
        assert cut == 0
        expect(page.locator("#jump-counts .critical")).to_be_in_viewport()
        page.locator("#language").click()
