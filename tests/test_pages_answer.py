"""What the page makes of an answer: the lines of its briefing, all that they cover, and the text for the note."""

from __future__ import annotations

from collections import Counter

import pytest

from browser_support import HER2
from corpus import SCENARIOS
from oncocds.advice.result import Evaluation
from oncocds.cli.show import evaluation_text
from oncocds.engine import Engine
from oncocds.reference.pages import Reference
from oncocds.text import Text
from oncocds_api.pages.answer import shelves, topics
from oncocds_api.pages.as_text import as_text
from oncocds_api.pages.changed_settings import changed_settings
from oncocds_api.pages.drug_names import spelled
from oncocds_api.pages.overview import counts, course, without_advice


@pytest.fixture(scope="module")
def answers(engine: Engine) -> list[Evaluation]:
    cases = SCENARIOS[::4]
    return [engine.evaluate(HER2), *(engine.evaluate(one["patient"], policy=one["policy"]) for one in cases)]


def test_the_page_keeps_the_order_of_the_briefing(answers: list[Evaluation]) -> None:
    for evaluation in answers:
        lines = [entry.line for shelf in shelves(evaluation).values() for entry in shelf.entries]
        assert lines == [line for line in evaluation.briefing if line.kind != "setting"]  # those stand at its top


def test_every_item_notice_conflict_and_decision_stands_on_the_page_once(answers: list[Evaluation]) -> None:
    for evaluation in answers:
        entries = [entry for shelf in shelves(evaluation).values() for entry in shelf.entries]
        items = Counter((card.item.action, card.item.lesion) for entry in entries for card in entry.cards)
        assert items == Counter((item.action, item.lesion) for item in evaluation.advice)
        for shown, known in (
            ([one.id for entry in entries for one in entry.notices], [one.id for one in evaluation.notices]),
            ([one.id for entry in entries for one in entry.clashes], [one.id for one in evaluation.data_conflicts]),
            ([one.id for entry in entries for one in entry.decisions], [one.id for one in evaluation.decisions]),
        ):
            assert Counter(shown) == Counter(known)
        asked = [question.fact for part in topics(evaluation) for one in part for question in one.questions]
        assert Counter(asked) == Counter(question.fact for question in evaluation.questions.clinician)


def test_no_advice_is_said_only_where_nothing_is_missing(answers: list[Evaluation], engine: Engine) -> None:
    assert all(without_advice(one) is None for one in answers if counts(one) and one.briefing)
    nothing = engine.evaluate({"age": 60})
    told = without_advice(nothing)
    assert told is not None
    critical = [one for one in nothing.questions.clinician if one.urgency == "critical"]
    assert f"有 {len(critical)} 项" in told.zh
    bare = nothing.model_copy(update={"questions": nothing.questions.model_copy(update={"clinician": [], "site": []})})
    assert without_advice(bare) == Text("没有适用的建议", "No advice applies")


@pytest.mark.parametrize("status", ["active", "planned"])
def test_an_emergency_that_is_a_notice_is_never_under_no_advice(engine: Engine, status: str) -> None:
    calcium = {"value": 1.9, "unit": "mmol/L", "reference_low": 2.11, "reference_high": 2.52}
    patient = {"medications": [{"drug": "denosumab", "status": status}], "labs": {"calcium": calcium}}
    answer = engine.evaluate(patient)
    assert answer.notices[0].urgency == "critical"
    alone = answer.model_copy(update={"advice": []})
    assert without_advice(alone) is None
    assert answer.briefing[0].section == "now"
    for language in ("zh", "en"):
        said = evaluation_text(answer, engine.knowledge.vocabulary, language, full=False)
        assert not any(
            words in said for words in ("没有适用的建议", "尚不能给出建议", "No advice", "not enough for advice")
        )


def test_the_text_for_the_note_says_what_the_page_says(answers: list[Evaluation], engine: Engine) -> None:
    documents = Reference(engine.knowledge).documents
    for evaluation in answers[:40]:
        placed = shelves(evaluation)
        text = as_text(evaluation, placed, changed_settings(evaluation, engine.knowledge.vocabulary), documents)
        for line in evaluation.briefing:
            if line.kind == "setting":  # told at the top, in its words
                labels = {one.setting: one.label.zh for one in evaluation.policy.changed}
                assert all(f"! {labels[one.ref]} 本次：" in text.zh for one in line.covers)
                continue
            assert line.line.zh in text.zh
            assert line.line.en in text.en
            assert all(rule in text.zh for rule in line.rules)
        for name in ("now", "do"):
            for entry in placed[name].entries if name in placed else ():
                for card in entry.cards if not entry.more else ():
                    assert all(passage.quote in text.zh for passage in card.places)
        for question in evaluation.questions.clinician:
            assert question.label.en in text.en
        digests = (evaluation.knowledge.digest, evaluation.policy.digest, evaluation.input_digest)
        for identity in (evaluation.as_of, *digests):
            assert identity in text.zh
            assert identity in text.en


def test_the_text_for_the_note_says_what_was_changed(engine: Engine) -> None:
    evaluation = engine.evaluate(HER2, policy={"lvef_drop_abs": 10})
    changed = changed_settings(evaluation, engine.knowledge.vocabulary)
    text = as_text(evaluation, shelves(evaluation), changed, Reference(engine.knowledge).documents)
    assert "LVEF明显下降的绝对值阈值 本次：10 个百分点；本院：未设。" in text.zh


def test_a_course_needs_both_values(engine: Engine) -> None:
    decision = next(one for one in engine.evaluate(HER2).decisions if course(one.values))
    assert course(decision.values) == (62, 48)
    assert course(decision.values[:1]) is None


def test_the_drugs_of_the_documents_are_spelled_in_pinyin(engine: Engine) -> None:
    assert spelled("地舒单抗") == ("dishudankang", "dsdk")
    assert spelled("重组人") == ("chongzuren", "czr")
    assert spelled("denosumab") is None
    named = [drug for drug in engine.knowledge.vocabulary.drugs.values() if drug.named and drug.label.zh.isalpha()]
    chinese = [drug.label.zh for drug in named if not any(one.isascii() for one in drug.label.zh)]
    assert chinese
    assert all(spelled(name) for name in chinese)


def test_an_urgent_remark_is_read_before_the_ground_and_one_less_urgent_than_the_item_after_it(engine: Engine) -> None:
    kidney = {
        "diagnosis": {"tumour_type": "breast", "bone_metastases": True},
        "comorbidities": {"renal_insufficiency": True},
        "medications": [{"drug": "zoledronate", "status": "active"}, {"drug": "calcium_vitamin_d", "status": "active"}],
        "labs": {"calcium": {"value": 3.4, "unit": "mmol/L", "reference_high": 2.52}},
    }
    cards = {
        card.item.action: card
        for shelf in shelves(engine.evaluate(kidney)).values()
        for entry in shelf.entries
        for card in entry.cards
    }
    warned = cards["bone-agent-and-renal-function"].grounds[0]
    assert warned.leading[0][0].id == "zoledronate-in-severe-renal-impairment"
    assert not {note.id for note, _ in warned.leading} & {note.id for note, _ in warned.notes}
    emergency = cards["hypercalcaemia-alert"].grounds[0]
    assert emergency.leading == ()
    assert "calcium-or-vitamin-d-in-hypercalcaemia" in [note.id for note, _ in emergency.notes]


def test_the_same_question_of_other_lesions_is_a_line_with_its_buttons_and_is_quoted_once(engine: Engine) -> None:
    lesions = [
        {"id": name, "organ": "bone", "site": "lumbar_spine", "status": "confirmed", "painful": True}
        for name in ("L1", "L2", "L3")
    ]
    asked = engine.evaluate({"diagnosis": {"tumour_type": "breast"}, "lesions": lesions, "medications": []})
    (entry,) = (
        one
        for one in shelves(asked)["decide"].entries
        if {"lesions[L1].spinal_instability", "lesions[L3].spinal_instability"} <= {one.fact for one in one.decisions}
    )
    full = [one.fact for one in entry.asked_in_full if one.fact.endswith("spinal_instability")]
    short = [one.fact for one in entry.asked_in_short]
    assert full == ["lesions[L1].spinal_instability"]
    assert {"lesions[L2].spinal_instability", "lesions[L3].spinal_instability"} <= set(short)
    assert entry.folded is (len(entry.decisions) > 4)
