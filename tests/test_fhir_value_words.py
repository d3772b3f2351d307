"""Values as people write them: with the name again, about so much, HER2 in words, regimens by their names."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import Resource, fact, mapped, observation, quantity, reasons, request

ORDERED = {"authoredOn": "2025-01-01"}


def told(name: str, value: str | Resource) -> Any:
    kind = "valueString" if isinstance(value, str) else "valueCodeableConcept"
    fields: Resource = {kind: value}
    return mapped(observation("o", {"text": name}, **fields))


@pytest.mark.parametrize(
    ("text", "value", "assumed"),
    [
        *(("LVEF 60%", 60, None), ("EF：60%", 60, None), ("左室射血分数60％", 60, None), ("LVEF62%", 62, None)),
        *(("約55%", 55, "approximate"), ("LVEF 约 55%", 55, "approximate"), ("about 55 %", 55, "approximate")),
        *(("EF：50～55%", 50, "range-lower-end"), ("60％", 60, None)),
        *(
            (text, None, None)
            for text in (
                ">55%",
                "62",
                "0.62%",
                "基线LVEF 60%",
                "RVEF 60%",
                "LVEF 正常",
                "约",
                "LAEF：60%",
                "约55",
                "约55 kg",
            )
        ),
    ],
)
def test_an_lvef_is_read_behind_its_name_and_as_approximate(text: str, value: int | None, assumed: str | None) -> None:
    found = told("LVEF", text)
    assert fact(found, "cardiac.lvef_latest") == value
    assert [one.id for one in found.report().assumptions] == ([] if assumed is None else [assumed])


@pytest.mark.parametrize(
    "name",
    [
        *(
            "MUGA LVEF",
            "LVEF（MUGA）",
            "CMR LVEF",
            "心脏MRI LVEF",
            "核素心室显像LVEF",
            "超声心动图EF",
            "EF%",
            "LVEF(心脏磁共振)",
        ),
        "left ventricular ejection fraction by MUGA",
    ],
)
def test_an_lvef_is_known_by_how_it_was_measured(name: str) -> None:
    found = mapped(observation("o", {"text": name}, valueQuantity=quantity(55, "%")))
    assert fact(found, "cardiac.lvef_latest") == 55


@pytest.mark.parametrize("name", ["MUGA", "CMR", "MUGA RVEF", "心脏MRI", "左房EF"])
def test_a_method_alone_or_another_chamber_is_no_lvef(name: str) -> None:
    assert fact(mapped(observation("o", {"text": name}, valueQuantity=quantity(55, "%"))), "cardiac") is None


@pytest.mark.parametrize(
    ("name", "text", "facts"),
    [
        *(
            (name, text, {"her2_ihc": "3+"})
            for name in ("HER2", "HER2 IHC")
            for text in ("HER2 3+", "HER2(3+)", "HER2：3+")
        ),
        *(("HER2", "HER2 0", {"her2_ihc": "0"}), ("HER2", "HER2-0", {"her2_ihc": "0"})),
        *(("HER2", "HER2阳性", {"her2_status": "positive"}), ("HER2", "HER-2（-）", {"her2_status": "negative"})),
        *(("HER2", "HER2低表达（IHC 1+）", {"her2_ihc": "1+"}), ("HER2 IHC", "HER2 low (1+)", {"her2_ihc": "1+"})),
        ("HER2", "HER2低表达（2+，FISH阴性）", {"her2_ihc": "2+", "her2_ish": "not_amplified"}),
        ("HER2", "IHC 2+/FISH+", {"her2_ihc": "2+", "her2_ish": "amplified"}),
        ("HER2 FISH", "阴性（比值1.2）", {"her2_ish": "not_amplified"}),
        ("HER2 FISH", "阳性（HER2/CEP17=3.5）", {"her2_ish": "amplified"}),
        ("HER2 FISH", "未扩增，HER2/CEP17比值1.2，HER2拷贝数2.5", {"her2_ish": "not_amplified"}),
    ],
)
def test_her2_is_read_behind_its_name_and_beside_figures(name: str, text: str, facts: Resource) -> None:
    for value in (text, {"text": text}):
        assert told(name, value).profile == {"biomarkers": facts}


@pytest.mark.parametrize(
    ("name", "text", "reason", "words"),
    [
        *(
            ("HER2", text, "outside-sources", "低表达")
            for text in ("低表达", "HER2低表达", "HER2 低表達", "HER2低表达，建议FISH")
        ),
        *(("HER2", "HER2-low", "outside-sources", "her2-low"), ("HER2", "超低表达", "outside-sources", "超低表达")),
        ("HER2 FISH", "HER2/CEP17=2.5", "ratio-alone", "her2/cep17=2.5"),
        ("HER2 IHC", "HER2 low", "outside-sources", "her2 low"),
        ("HER2 FISH", "比值1.2", "ratio-alone", "比值1.2"),
    ],
)
def test_her2_stays_open_in_words_without_a_conclusion_and_the_words_are_told(
    name: str, text: str, reason: str, words: str
) -> None:
    found = told(name, text)
    assert fact(found, "biomarkers") is None
    (remark,) = (one for one in found.report().unmapped if one.reason == reason)
    assert f"“{words}”" in remark.text.zh
    assert f"“{words}”" in remark.text.en


def test_of_many_records_the_words_of_those_are_told_that_are_named() -> None:
    many = [observation(f"o{n}", {"text": "HER2 FISH"}, valueString=f"比值{n + 2}.5") for n in range(300)]
    (remark,) = (one for one in mapped(*many).report().unmapped if one.reason == "ratio-alone")
    assert remark.count == 300
    assert remark.text.zh.count("比值") - 1 == len(remark.resources)  # the message itself names one


def test_a_newer_her2_that_stays_open_leaves_no_older_one_in_force() -> None:
    older = observation("a", {"text": "HER2"}, "2024-01-01", valueString="3+")
    newer = observation("b", {"text": "HER2"}, "2025-01-01", valueString="HER2低表达")
    found = mapped(older, newer)
    assert fact(found, "biomarkers.her2_ihc") is None
    assert "newer-unread" in reasons(found)


@pytest.mark.parametrize("text", ["TCbHP", "TCbHP方案", "TCHP", "EC-TH", "AC-THP方案", "tcbhp"])
def test_a_regimen_with_anti_her2_drugs_has_their_class(text: str) -> None:
    (one,) = mapped(request("r", text, **ORDERED)).profile["medications"]
    assert one["has_class"] == ["anti_her2", "chemotherapy", "systemic"]


@pytest.mark.parametrize(
    "text", ["AC-T", "THP", "CHP", "TH", "PH方案", "TCbHP 第3周期", "EC×4-TH×4", "某方案", "新辅助化疗", "化疗"]
)
def test_no_regimen_says_that_there_is_no_anti_her2_drug(text: str) -> None:
    (one,) = mapped(request("r", text, **ORDERED)).profile["medications"]
    assert "anti_her2" not in one.get("not_class", [])
    assert "class" not in one
