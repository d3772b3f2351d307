"""Where a number is missing for which no laboratory's reading stands, what it would tell is asked of the clinician."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

from oncocds.advice.first import Decision
from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds.errors import KnowledgeError
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.loader import load_vocabulary

DATE, EVENT = "2026-11-29", "skeletal_events.hypercalcaemia"
CALCIUM = {"value": 2.48, "unit": "mmol/L", "date": "2026-11-20", "reference_low": 2.11, "reference_high": 2.52}
PATIENT: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast", "extent": "metastatic"},
    "lesions": [{"id": "R3", "organ": "bone", "site": "rib", "status": "imaging_positive"}],
    "labs": {"calcium": CALCIUM},
    "symptoms": {"hypercalcaemia_like": False, "cord_signs": False},
    "medications": [],
}
STALE = {"value": 30, "unit": "g/L", "date": "2026-10-01"}


def answered(engine: Engine, albumin: dict[str, Any] | None, **more: Any) -> Evaluation:
    patient = copy.deepcopy(PATIENT) | more
    if albumin is not None:
        patient["labs"]["albumin"] = albumin
    return engine.evaluate(patient, None, DATE)


def on_calcium(answer: Evaluation) -> list[Decision]:
    return [one for one in answer.decisions if one.topic == "calcium"]


def test_calcium_that_an_albumin_of_weeks_before_would_bring_too_high_is_one_answer_away_from_the_alert(
    engine: Engine,
) -> None:
    answer = answered(engine, STALE)
    assert answer.verdicts["BCBM-06"] == "undetermined"
    (decision,) = on_calcium(answer)
    assert (decision.fact, decision.urgency) == (EVENT, "critical")
    assert [(one.value, [(b.rule, b.urgency) for b in one.brings]) for one in decision.answers] == [
        (True, [("BCBM-06", "critical")]),
        (False, []),
    ]
    assert "缺同期白蛋白" in decision.question.zh
    assert "no albumin of about the same day" in decision.question.en
    (line,) = [one for one in answer.briefing if "BCBM-06" in one.rules and one.section == "decide"]
    assert line.urgency == "critical"
    assert "血钙 2.48 mmol/L（2026-11-20）" in line.line.zh
    assert "白蛋白 30 g/L（2026-10-01）" in line.line.zh


@pytest.mark.parametrize("albumin", [None, {**STALE, "value": 42}], ids=["no albumin", "one that lowers calcium"])
def test_where_nothing_recorded_speaks_for_it_the_albumin_is_a_question(
    engine: Engine, albumin: dict[str, Any] | None
) -> None:
    answer = answered(engine, albumin)
    assert answer.verdicts["BCBM-06"] == "undetermined"
    assert on_calcium(answer) == []
    asked = {one.fact for one in answer.questions.clinician if "BCBM-06" in one.would_decide}
    assert "labs.albumin.value" in asked


def test_what_is_promised_comes_true_and_no_is_an_answer(engine: Engine) -> None:
    yes = answered(engine, STALE, skeletal_events={"hypercalcaemia": True})
    assert [item.urgency for item in yes.advice if any(one.rule == "BCBM-06" for one in item.grounds)] == ["critical"]
    no = answered(engine, STALE, skeletal_events={"hypercalcaemia": False})
    assert no.verdicts["BCBM-06"] == "undetermined"
    assert on_calcium(no) == []


def test_an_albumin_of_the_same_days_leaves_nothing_to_judge(engine: Engine) -> None:
    answer = answered(engine, STALE | {"date": "2026-11-19", "value": 40})
    assert answer.verdicts["BCBM-06"] == "silent"
    assert on_calcium(answer) == []


def test_symptoms_are_asked_before_what_stands_in_for_a_number(engine: Engine) -> None:
    (decision,) = on_calcium(answered(engine, STALE, symptoms={"cord_signs": False}))
    assert decision.fact == "symptoms.hypercalcaemia_like"


def test_what_is_judged_is_a_fact_of_its_topic(tmp_path: Path) -> None:
    directory = shutil.copytree(bundled_knowledge() / "rules" / "vocabulary", tmp_path / "vocabulary")
    topics = directory / "topics.yaml"
    topics.write_text(topics.read_text("utf-8").replace(f"fact: {EVENT}", "fact: labs.calcum"), "utf-8")
    with pytest.raises(
        KnowledgeError, match=r"topics.yaml:\d+:\d+: judged: none of .*'labs.calcum'; did you mean 'labs"
    ):
        load_vocabulary(directory)
