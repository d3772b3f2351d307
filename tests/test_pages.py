"""The pages as rendered: every field in the form, every passage marked, strict headers, no dead links."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus import SCENARIOS
from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.coverage import public_fields
from oncocds.profile.models import LISTS, DatedResult
from oncocds.reference.derived import derived_pages
from oncocds.reference.pages import Reference
from oncocds.refusal_words import refusal_words
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.app import create_app
from oncocds_api.pages.answer import shelves
from oncocds_api.pages.changed_settings import changed_settings
from oncocds_api.pages.examples import examples
from oncocds_api.pages.form import form
from oncocds_api.pages.picture import Pictures
from oncocds_api.pages.rule_index import RuleIndex, Sought
from oncocds_api.reference.documents import UNRULED, paragraphs
from oncocds_api.settings.settings import Settings

SWITCHES = bundled_vocabulary().switches


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(workers=1, settings=Settings(frame_ancestors=("https://his.example",)))) as client:
        yield client


def test_every_public_field_but_the_safety_switches_stands_in_the_form_once(knowledge: Knowledge) -> None:
    asked: list[str] = []
    for section in form(knowledge.vocabulary):
        asked += [one.name for one in (*section.inputs, *section.more)]
        asked += [f"{rows.name}.{one.name}" for rows in section.rows for one in (*rows.first, *rows.more)]
    assert len(asked) == len(set(asked))
    wanted = {
        ".".join(name.split(".")[:2]) if name.startswith("labs.") else name
        for name in public_fields(bundled_vocabulary())
    }
    wanted |= {f"history.{name}" for name in DatedResult.model_fields if name != "id"}
    assert set(asked) == (wanted | {"incomplete"}) - {f"policy.{name}" for name in SWITCHES}
    assert {name.split(".")[0] for name in asked} >= set(LISTS)


def test_the_paragraphs_of_a_document_hold_its_text_and_every_passage(knowledge: Knowledge) -> None:
    for document in Reference(knowledge).documents.values():
        shown = paragraphs(document)
        text = "".join(segment.text for paragraph in shown for segment in paragraph.segments)
        assert text == "".join(line for line in document.text.splitlines() if line.strip())
        anchors = [anchor for paragraph in shown for segment in paragraph.segments for anchor in segment.anchors]
        for passage in document.passages:
            name = f"p{passage.start}-{passage.end}"
            assert name in anchors
            marked = "".join(s.text for p in shown for s in p.segments if name in s.passages)
            assert marked == passage.quote.replace("\n", "")
        margin = {(name, rule) for paragraph in shown for rule, names in paragraph.rules for name in names}
        assert all(len(dict(paragraph.rules)) == len(paragraph.rules) for paragraph in shown)
        assert margin == {(f"p{p.start}-{p.end}", rule) for p in document.passages for rule in p.rules}


def test_a_sentence_without_a_rule_is_told_apart_with_its_reason(knowledge: Knowledge, client: TestClient) -> None:
    for identity, document in Reference(knowledge).documents.items():
        quiet = "".join(s.text for p in paragraphs(document) for s in p.segments if s.reason is not None)
        unruled = [sentence for sentence in document.sentences if sentence.disposition in UNRULED]
        assert unruled
        page = client.get(f"/documents/{identity}").text
        for sentence in unruled:
            assert document.text[sentence.start : sentence.end] in quiet
            assert sentence.reason is not None
            assert html.escape(sentence.reason.zh) in page


def test_every_item_lies_on_one_shelf_and_what_is_critical_on_the_first(engine: Engine) -> None:
    for patient in examples():
        evaluation = engine.evaluate(patient.profile)
        lying = [card.item for shelf in shelves(evaluation).values() for card in shelf.cards]
        assert sorted(item.action for item in lying) == sorted(item.action for item in evaluation.advice)
        for shelf in shelves(evaluation).values():
            keys = [card.key for card in shelf.cards]
            assert len(keys) == len(set(keys))
            if shelf.id == "now":
                assert all(card.item.urgency == "critical" for card in shelf.cards)
            else:
                assert all(card.item.urgency != "critical" or card.item.status == "demoted" for card in shelf.cards)


def test_the_picture_of_a_rule_names_its_facts_and_its_action(knowledge: Knowledge) -> None:
    picture = Pictures(knowledge).of("BCBM-62")
    kinds = {box.kind for box in picture.boxes}
    assert {"fact", "concept", "this", "action", "demoted"} <= kinds
    assert knowledge.actions["avoid-combining-bone-agents"].title in [box.label for box in picture.boxes]
    assert all(0 <= box.x <= picture.width and 0 <= box.y <= picture.height for box in picture.boxes)


def plain(fact: str) -> str:
    return re.sub(r"\[.+?\]", "", fact)


def test_a_rule_is_found_by_every_fact_that_spoke_for_it_or_is_asked_for(engine: Engine, knowledge: Knowledge) -> None:
    """Read directly, by a concept, by another rule, or by a derived fact."""
    index = RuleIndex(knowledge, Reference(knowledge))
    facts = {entry.rule.id: entry.facts for entry in index.entries}
    choices = {choice.name for _, chosen in index.groups for choice in chosen}
    assert choices == set().union(*facts.values())
    for case in SCENARIOS:
        evaluation = engine.evaluate(case["patient"], policy=case["policy"])
        for item in evaluation.advice:
            for ground in item.grounds:
                assert {plain(one.fact) for one in ground.because} <= facts[ground.rule], ground.rule
        for question in (*evaluation.questions.clinician, *evaluation.questions.site):
            for rule in set(question.would_decide) & set(facts):
                assert plain(question.fact) in facts[rule], (rule, question.fact)


def test_facts_to_choose_from_are_in_words_and_counted(knowledge: Knowledge) -> None:
    index = RuleIndex(knowledge, Reference(knowledge))
    choices = [choice for _, chosen in index.groups for choice in chosen]
    assert len(choices) == len({choice.name for choice in choices}) == len({choice.label for choice in choices})
    for choice in choices:
        sought = Sought(fact=choice.name)
        assert choice.rules == sum(entry.fits(sought) for entry in index.entries) > 0


def listed(page: str) -> list[str]:
    """Return the rules shown; what is hidden is not."""
    return re.findall(r'<li data-document[^>]*(?<! hidden)><a href="/rules/([^"]+)"', page)


def test_rules_are_filtered_by_the_server(client: TestClient, knowledge: Knowledge) -> None:
    assert listed(client.get("/rules").text) == list(knowledge.rules)
    by_fact = listed(client.get("/rules?fact=biomarkers.her2_ihc").text)
    assert "BCBM-62" not in by_fact
    assert "HER2RT-15" in by_fact
    fewer = listed(client.get("/rules?fact=biomarkers.her2_ihc&kind=monitoring&document=her2-radiotherapy").text)
    assert "HER2RT-15" in fewer
    assert set(fewer) < set(by_fact)
    assert all(knowledge.rules[rule].kind == "monitoring" for rule in fewer)
    assert listed(client.get("/rules?q=骨改良 同时&action=avoid-combining-bone-agents").text) == ["BCBM-62"]
    nothing = client.get("/rules?fact=cardiac.lvef_baseline&document=ret-bone-metastases").text
    assert listed(nothing) == []
    assert re.search(r'id="nothing">', nothing)
    page = client.get('/rules?fact=nope&q="><script>').text
    assert "<script>" not in page
    assert 'value="nope"' not in page


def test_every_rule_and_document_has_a_page_without_dead_links(client: TestClient, knowledge: Knowledge) -> None:
    addresses = ["/", "/rules", "/documents"]
    addresses += [f"/rules/{rule}" for rule in knowledge.rules]
    addresses += [f"/documents/{document}" for document in knowledge.documents]
    anchors: dict[str, set[str]] = {}
    links: set[str] = set()
    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200, address
        anchors[address] = set(re.findall(r' id="([^"]+)"', page.text))
        links |= set(re.findall(r'(?:href|src)="(/[^"]*)"', page.text))
    for link in links:
        path, _, fragment = link.partition("#")
        if path not in anchors:
            assert client.get(path).status_code == 200, link
        elif fragment:
            assert fragment in anchors[path], link


def test_pages_are_strict_about_what_they_load_and_who_frames_them(client: TestClient) -> None:
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors https://his.example" in policy
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert not re.search(r"<script(?! src=)", page.text)
    assert not re.search(r"\son\w+=", page.text)
    assert page.headers["cache-control"] == "no-store"


def test_scripts_of_an_older_version_are_not_kept(client: TestClient) -> None:
    script = client.get("/static/evaluate.js")
    assert script.headers["cache-control"] == "no-cache"
    again = client.get("/static/evaluate.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304


def test_folded_questions_are_more_only_behind_others(client: TestClient) -> None:
    quiet = {"organ": "bone", "site": "pelvis", "status": "imaging_positive", "symptomatic": False, "painful": False}
    alone = {
        "diagnosis": {"tumour_type": "breast", "extent": "metastatic"},
        "lesions": [quiet],
        "medications": [],
        "symptoms": {"bone_pain": False, "cord_signs": False, "hypercalcaemia_like": False},
        "labs": {"calcium": {"value": 2.3, "unit": "mmol/L", "reference_low": 2.1, "reference_high": 2.5}},
    }
    behind = {"diagnosis": {"tumour_type": "breast"}, "lesions": [quiet], "medications": []}
    for patient, more in ((alone, False), (behind, True)):
        page = client.post("/evaluate", json={"patient": patient}).text
        summary = page.split('data-fold="more-decide"><summary>')[1].split("</summary>")[0]
        assert (">More:<" in summary) is more


def test_the_same_question_of_many_lesions_is_named_once_and_an_item_of_many_has_one_heading(
    client: TestClient,
) -> None:
    lesions = [
        {"id": f"L{n}", "organ": "bone", "site": "femur", "status": "confirmed", "symptomatic": True}
        for n in range(1, 21)
    ]
    page = client.post("/evaluate", json={"patient": {"diagnosis": {"tumour_type": "nsclc"}, "lesions": lesions}}).text
    summary = page.split('data-fold="more-decide"><summary>')[1].split("</summary>")[0]
    assert summary.count("骨质改变类型") == 1
    assert "病灶股骨（L1、L2、L3）等20处：骨质改变类型" in summary
    assert page.count('[<span lang="zh-CN">股骨（L1）</span>') == 1
    assert 'class="part"' not in page


def test_an_item_whose_line_says_its_title_again_says_what_it_rests_on(client: TestClient) -> None:
    lesion = {"id": "T8", "organ": "bone", "site": "thoracic_spine", "status": "confirmed", "painful": True}
    page = client.post(
        "/evaluate", json={"patient": {"diagnosis": {"tumour_type": "breast"}, "lesions": [lesion]}}
    ).text
    assert "[胸椎（T8）] 该骨病灶的放疗" not in page.split("<template", 1)[0] + page.rsplit("</template>", 1)[1]
    assert "病灶 胸椎（T8）：骨，已确诊，疼痛 是" in page


def test_a_formula_stands_once_among_the_notices_of_a_page(client: TestClient) -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"}, "age": 71, "sex": "female", "weight": {"value": 52, "unit": "kg"},
        "labs": {"creatinine": {"value": 180, "unit": "umol/L"}},
        "medications": [{"drug": "denosumab", "status": "active"}, {"drug": "zoledronate", "status": "active"}],
        "lesions": [{"organ": "bone", "site": "femur", "status": "confirmed"}],
    }  # fmt: skip
    page = client.post("/evaluate", json={"patient": patient}).text
    shown = page.split("<template", 1)[0] + page.rsplit("</template>", 1)[1]
    assert shown.count("×体重×88.4/(72×") == 1
    assert shown.count("20.8 mL/min］") >= 1


def test_an_answer_is_a_fragment_with_its_passages(client: TestClient) -> None:
    patient = next(one for one in examples() if one.name == "two-bone-agents")
    body = b'{"patient": ' + patient.profile + b"}"
    answer = client.post("/evaluate", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert 'href="/documents/breast-bone-metastases#p3900-3916"' in answer.text
    assert "病灶 胸椎（T8）：骨，影像阳性" in answer.text
    assert "lesion thoracic spine (T8): bone, imaging-positive" in answer.text
    assert 'data-fact="cardiac.lvef_baseline"' in answer.text


def banner(page: str) -> str:
    found = re.search(r'<section class="notice changed.*?</section>', page, re.DOTALL)
    return re.sub(r'<span lang="en">.*?</span>|<[^>]+>', "", found[0]) if found else ""


def test_an_answer_under_other_settings_says_so_at_its_top(client: TestClient) -> None:
    patient = {"diagnosis": {"tumour_type": "breast"}}
    assert banner(client.post("/evaluate", json={"patient": patient}).text) == ""
    same = {"elderly_age": None, "cross_tumour_emergencies": True}
    assert banner(client.post("/evaluate", json={"patient": patient, "policy": same}).text) == ""
    answer = client.post("/evaluate", json={"patient": patient, "policy": {"lvef_drop_abs": 10}})
    assert "LVEF明显下降的绝对值阈值 本次：10 个百分点；本院：未设。" in banner(answer.text)
    assert answer.text.index("notice changed") < answer.text.index('class="columns"')


def test_a_safety_switch_that_is_off_is_said_whoever_switched_it(engine: Engine, tmp_path: Path) -> None:
    off = dict.fromkeys(SWITCHES, False)
    patient = {"diagnosis": {"tumour_type": "breast"}}
    for unsafe in (off, dict.fromkeys(SWITCHES)):
        told = changed_settings(engine.evaluate(patient, unsafe), engine.knowledge.vocabulary)
        assert [one.off for one in told] == [True] * len(SWITCHES)
        assert all("本院：开" in one.state.zh and one.effect and "off" in one.effect.en for one in told)
    policy = tmp_path / "policy.yaml"
    policy.write_text("cross_tumour_emergencies: false\nelderly_age: 65\n", "utf-8")
    with TestClient(create_app(workers=1, policy=policy, settings=Settings())) as site:
        told_by_site = banner(site.post("/evaluate", json={"patient": patient}).text)
    assert "急症警报适用于其他肿瘤 关（本院设置）。" in told_by_site
    assert "老年" not in told_by_site


def test_an_answer_names_its_request_and_its_input(client: TestClient, engine: Engine) -> None:
    patient = {"diagnosis": {"tumour_type": "breast"}}
    for name, repeated in (("abc-1", "abc-1"), ('"><script>', ""), ("x" * 61, "")):
        answer = client.post("/evaluate", json={"patient": patient}, headers={"Oncocds-Request": name}).text
        assert f'data-request="{repeated}" data-input="{engine.evaluate(patient).input_digest}"' in answer


def test_an_answer_links_only_to_what_is_there(client: TestClient) -> None:
    """What steps back for a notice must not link to a rule of that name."""
    patient = {
        "diagnosis": {"tumour_type": "nsclc"},
        "lesions": [{"organ": "bone", "site": "femur", "status": "imaging_positive", "impending_fracture": True}],
    }
    answer = client.post("/evaluate", json={"patient": patient})
    assert "已让位于" in answer.text
    for link in set(re.findall(r'href="(/[^"#]*)', answer.text)):
        assert client.get(link).status_code == 200, link


def test_what_is_refused_stays_a_problem(client: TestClient) -> None:
    answer = client.post("/evaluate", json={"patient": {"age": "46"}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/patient/age"


@pytest.mark.parametrize(
    ("patient", "words"),
    [
        ({"age": "46"}, "格式不对；应为：数字"),
        ({"age": 200}, "超出范围；应为：≤ 130"),
        ({"radiotherapy": [{"fractions": 2.5}]}, "格式不对；应为：整数"),
        ({"medications": [{"start_date": "2026"}]}, "不是日期；应为：日期，如 2026-01-31"),
        ({"lesions": [{"id": "a"}, {"id": "a"}]}, "编号重复；应为：同一列表内编号各不相同"),
        (
            {"labs": {"creatinine": {"value": 1.6, "unit": "umol/L"}}},
            "以所选单位看不合理，请核对单位；应为：换算后在 20 至 2000 umol/L 之间；可用单位：umol/L、mg/dL",
        ),
    ],
)
def test_what_the_form_may_get_wrong_is_told_in_chinese(
    client: TestClient, patient: dict[str, object], words: str
) -> None:
    answer = client.post("/evaluate", json={"patient": patient})
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["words"]["zh"] for error in answer.json()["errors"]] == [words]


def test_each_quote_of_a_rule_has_its_translation_for_readers_of_english(client: TestClient) -> None:
    page = client.get("/rules/BCBM-62").text
    told = "translation: different kinds of bone-modifying agents must not be used at the same time"
    assert f'不同种类的骨改良药物不可同时使用</q><span class="gloss" lang="en">{told}</span>' in page
    assert page.count('class="gloss" lang="en">translation: ') == 2  # what it states, what supports it


def test_a_rule_page_says_what_its_concepts_are(client: TestClient) -> None:
    page = client.get("/rules/RETBM-14").text
    assert "其中的概念：" in page
    assert page.count("<pre") >= 3


def test_what_is_not_there_has_a_page_that_says_so(client: TestClient) -> None:
    for address in ("/rules/NOPE-1", "/documents/<script>"):
        page = client.get(address)
        assert page.status_code == 404
        assert "没有这一页" in page.text
        assert "<script>" not in page.text
    assert client.get("/examples/nope.json").status_code == 404


def test_every_example_patient_is_accepted_and_gets_advice(engine: Engine) -> None:
    for patient in examples():
        assert engine.evaluate(patient.profile).advice, patient.name


def test_the_page_says_how_derived_facts_are_concluded(client: TestClient) -> None:
    assert 'href="/derived"' in client.get("/rules").text
    page = client.get("/derived").text
    for fact in derived_pages(bundled_vocabulary()):
        assert f'id="{fact}"' in page
    section = page.partition('id="lesions.present_metastasis"')[2].partition("</section>")[0]
    assert all(words in section for words in ("影像阳性", "imaging-positive", "惯例", 'href="#lesions.status"'))


def test_an_urgent_remark_stands_on_the_page_before_what_the_rule_says(client: TestClient) -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast", "bone_metastases": True},
        "comorbidities": {"renal_insufficiency": True},
        "medications": [{"drug": "zoledronate", "status": "active"}],
    }
    page = client.post("/evaluate", json={"patient": patient}).text
    item = page[page.index('data-key="advice@bone-agent-and-renal-function') :]
    ground = item[item.index('aria-label="BCBM-53"') :]
    assert ground.index("者不推荐使用") < ground.index('class="says"')
    assert ground[: ground.index("</section>")].count("者不推荐使用") == 1


CONTRADICTING = {
    "diagnosis": {"tumour_type": "breast", "extent": "early"},
    "biomarkers": {"her2_status": "negative", "her2_ihc": "3+"},
    "lesions": [{"id": "T8", "organ": "bone", "site": "thoracic_spine", "status": "confirmed"}],
    "medications": [{"drug": "denosumab", "status": "active"}],
}


def test_what_asks_is_told_in_words_never_by_its_key(client: TestClient, engine: Engine) -> None:
    keys = {one.id for one in engine.evaluate(CONTRADICTING).data_conflicts}
    assert len(keys) > 1
    answer = client.post("/evaluate", json={"patient": CONTRADICTING})
    seen = re.sub(r"<[^>]+>", " ", answer.text)
    assert not [key for key in keys if key in seen]
    assert "资料不一致，请核实" in seen


def test_a_section_counts_its_notices_too(client: TestClient, engine: Engine) -> None:
    patient = {"medications": CONTRADICTING["medications"]}
    lines = [line for line in engine.evaluate(patient).briefing if line.section == "consider"]
    assert lines
    assert {line.kind for line in lines} == {"notice"}
    answer = client.post("/evaluate", json={"patient": patient}).text
    assert f"To consider</span> <small>{len(lines)}</small>" in re.sub(r"\s+", " ", answer)


def test_words_of_one_kind_stand_under_one_heading(client: TestClient) -> None:
    for word in ("LVEF", "骨", "HER2"):
        headings = re.findall(r"<h2>(.*?)</h2>", client.get("/vocabulary", params={"q": word}).text)
        assert len(headings) == len(set(headings)) > 1


def test_the_form_asks_first_what_a_doctor_would_tell(knowledge: Knowledge) -> None:
    sections = {section.id: section for section in form(knowledge.vocabulary)}
    shown = [one.name for section in sections.values() if section.open for one in section.inputs]
    assert not [name for name in shown if name.startswith("left_out.")]
    assert "left_out.lesions" in [one.name for one in sections["lesions"].more]


def test_the_nearest_keys_are_not_told_as_what_is_expected() -> None:
    error = {"pointer": "/agee", "reason": "unknown key; did you mean 'age'?", "expected": "nearest: age, sex"}
    assert refusal_words(error) == {
        "zh": "没有这一项；是否为“age”；相近的有：age, sex",
        "en": "unknown key; did you mean 'age'?; nearest: age, sex",
    }
