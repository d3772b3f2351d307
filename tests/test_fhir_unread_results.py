"""A later result that is there and cannot be read never leaves an older value in force."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    LOINC,
    Resource,
    concept,
    fact,
    given,
    history,
    lvef,
    mapped,
    observation,
    open_lists,
    patient,
    quantity,
    reasons,
)

CALCIUM = concept(LOINC, "17861-6")
OLD = observation("old", CALCIUM, "2024-05-01", valueQuantity=quantity(2.3, "mmol/L"))
HIGH: Resource = {"valueQuantity": quantity(3.1, "mmol/L")}
NAMED = {"text": "血钙"}


def calcium(*newer: Resource) -> Any:
    return fact(mapped(OLD, *newer), "labs.calcium.value")


@pytest.mark.parametrize(
    "changed",
    [
        {"effectiveDateTime": "20250101"},
        {"effectiveDateTime": "2025/01/01"},
        {"effectiveDateTime": "2025-01-01 08:00"},
        {"effectiveDateTime": 2025},
        {"valueQuantity": {"value": "3.1", "unit": "mmol/L"}},
        {"valueQuantity": [quantity(3.1, "mmol/L")]},
        {"referenceRange": "2.1-2.6"},
        {"specimen": "serum"},
        {"specimen": {"reference": "#s"}, "contained": "serum"},
        {"modifierExtension": [{"url": "http://example.org/negated", "valueBoolean": True}]},
        {"implicitRules": "http://example.org/rules"},
    ],
)
def test_an_observation_that_is_left_out_opens_what_it_may_be_the_newest_result_of(changed: Resource) -> None:
    for code in (CALCIUM, NAMED):
        newer = {**observation("new", code, "2025-01-01", **HIGH), **changed}
        assert calcium(newer) is None
        found = mapped(OLD, newer)
        assert {"Observation/new", "Observation/old"} <= set(reasons(found)["newer-unread"])
        for status in ("entered-in-error", "cancelled"):
            assert calcium({**newer, "status": status}) == 2.3


def test_one_that_is_certainly_older_or_of_something_else_opens_nothing() -> None:
    unread = {"valueQuantity": {"value": "3.1", "unit": "mmol/L"}}
    assert calcium({**observation("new", CALCIUM, "2024-01-01"), **unread}) == 2.3
    assert calcium({**observation("new", concept(LOINC, "2160-0"), "2025-01-01"), **unread}) == 2.3
    assert calcium({**observation("new", {"text": "尿钙"}, "2025-01-01"), **unread}) == 2.3


def test_versions_of_which_none_is_the_newest_open_what_they_are_results_of() -> None:
    one = observation("new", CALCIUM, "2025-01-01", **HIGH)
    other = {**one, "valueQuantity": quantity(2.2, "mmol/L")}
    assert calcium(one, other) is None
    assert (
        fact(mapped(lvef("a", "2024-01-01", 62), lvef("b", "2025-01-01", 41), lvef("b", "2025-01-01", 45)), LATEST)
        is None
    )


def test_versions_of_somebody_elses_result_open_nothing() -> None:
    theirs = observation("new", CALCIUM, "2025-01-01", subject={"reference": "Patient/q"}, **HIGH)
    mine = {**OLD, "subject": {"reference": "Patient/p"}}
    for other in ({**theirs, "valueQuantity": quantity(2.2, "mmol/L")}, {**theirs, "code": {"text": "x"}}):
        assert fact(mapped(patient(), mine, theirs, other), "labs.calcium.value") == 2.3


LATEST = "cardiac.lvef_latest"


def test_a_part_that_cannot_be_read_opens_what_the_parts_beside_it_tell() -> None:
    parts = [{"code": concept(LOINC, "10230-1"), "valueQuantity": quantity(40, "%")}, {"code": "x"}, None]
    echo = observation("e", {"text": "超声心动图"}, "2025-01-01", component=parts)
    assert fact(mapped(lvef("old", "2024-01-01", 62), echo), LATEST) is None


@pytest.mark.parametrize(
    ("name", "old", "new", "path"),
    [
        ("HER2状态（肝转移灶）", ("HER2状态", "阳性"), "阴性", "biomarkers.her2_status"),
        ("HER-2（复发灶穿刺）", ("HER2 IHC", "3+"), "0", "biomarkers.her2_ihc"),
        ("ER（复发灶）", ("ER", "90%"), "0%", "biomarkers.er_pct"),
        ("孕激素受体(右乳结节)", ("PR", "90%"), "0%", "biomarkers.pr_pct"),
        ("ER（复发灶）", ("激素受体状态", "阳性"), "阴性", "biomarkers.hr_status"),
    ],
)
def test_a_biomarker_under_a_name_that_is_not_understood_is_open_where_it_may_be_newer(
    name: str, old: tuple[str, str], new: str, path: str
) -> None:
    before = observation("old", {"text": old[0]}, "2022-01-01", valueString=old[1])
    after = observation("new", {"text": name}, "2024-10-01", valueString=new)
    assert fact(mapped(before), path) is not None
    assert fact(mapped(before, after), path) is None
    assert fact(mapped(before, {**after, "effectiveDateTime": "2021-01-01"}), path) is not None
    assert fact(mapped(before, {**after, "status": "registered", "valueString": None}), path) is not None


@pytest.mark.parametrize("name", ["HER2基因突变", "ERBB2 20外显子插入", "血清HER2 ECD", "PR间期", "EGFR突变", "KER-2"])
def test_other_tests_open_no_biomarker(name: str) -> None:
    before = [
        observation(one, {"text": one}, "2022-01-01", valueString=value)
        for one, value in (("HER2状态", "阳性"), ("ER", "90%"), ("PR", "20%"))
    ]
    found = mapped(*before, observation("new", {"text": name}, "2024-10-01", valueString="阴性"))
    assert fact(found, "biomarkers") == fact(mapped(*before), "biomarkers")


@pytest.mark.parametrize("code", [CALCIUM, NAMED])
def test_a_result_without_a_date_that_differs_may_be_the_newest(code: Resource) -> None:
    undated = observation("new", code, None, **HIGH)
    assert calcium(undated) is None
    assert set(reasons(mapped(OLD, undated))["undated-beside-dated"]) == {"Observation/new", "Observation/old"}
    assert calcium({**undated, "valueQuantity": quantity(2.3, "mmol/L")}) == 2.3
    assert fact(mapped(undated), "labs.calcium.value") == 3.1


def test_an_lvef_without_a_date_may_be_the_baseline() -> None:
    therapy = [given(str(n), "曲妥珠单抗", f"2024-{n:02}-01") for n in (10, 11, 12)]
    before = lvef("a", "2024-09-01", 62)
    assert fact(mapped(before, *therapy), "cardiac.lvef_baseline") == 62
    assert fact(mapped(before, lvef("b", None, 50), *therapy), "cardiac.lvef_baseline") is None


@pytest.mark.parametrize(
    ("specimen", "expected"),
    [
        ({"display": "尿"}, None),
        ({"display": "24小时尿液"}, None),
        ({"display": "胸水"}, None),
        ({"display": "pleural fluid"}, None),
        ({"reference": "Specimen/urine"}, None),
        ({"display": "血清"}, 3.1),
        ({"reference": "Specimen/serum"}, 3.1),
        ({"reference": "Specimen/serum", "display": "尿"}, None),
    ],
)
def test_a_code_of_blood_beside_another_specimen_is_of_neither(specimen: Resource, expected: float | None) -> None:
    specimens = [
        {"resourceType": "Specimen", "id": one, "type": {"text": word}}
        for one, word in (("urine", "尿液"), ("serum", "血清"))
    ]
    for code in (CALCIUM, NAMED):
        newer = observation("new", code, "2025-01-01", specimen=specimen, **HIGH)
        value = fact(mapped(OLD, newer, *specimens), "labs.calcium.value")
        assert value == expected or (code is NAMED and expected is None and value == 2.3)  # a name alone is of urine
    nowhere = observation("new", NAMED, "2025-01-01", specimen={"reference": "Specimen/none"}, **HIGH)
    assert calcium(nowhere) is None


@pytest.mark.parametrize(
    ("specimen", "expected"), [({"display": "尿"}, None), ({"reference": "#s"}, None), ({"display": "血清"}, 3.1)]
)
def test_the_specimen_of_a_result_is_that_of_its_parts_and_may_stand_within_it(
    specimen: Resource, expected: float | None
) -> None:
    within = {"specimen": specimen, "contained": [{"resourceType": "Specimen", "id": "s", "type": {"text": "尿液"}}]}
    for code in (CALCIUM, NAMED):
        whole = observation("new", code, "2025-01-01", **within, **HIGH)
        parts = observation("new", {"text": "生化"}, "2025-01-01", **within, component=[{"code": code, **HIGH}])
        for newer in (whole, parts):
            assert fact(mapped(newer), "labs.calcium.value") == expected
            # A code of blood beside urine is of neither; a name alone is of urine where that is known for certain.
            assert calcium(newer) == expected or code is NAMED


@pytest.mark.parametrize(
    ("focus", "reason"),
    [
        ({"display": "胎儿"}, "focus-unclear"),
        ({"identifier": {"value": "7"}}, "focus-unclear"),
        ({"type": "RelatedPerson", "display": "胎儿"}, "other-focus"),
        ({"reference": "BodyStructure/x"}, None),
        ({"type": "BodyStructure", "display": "左室"}, None),
    ],
)
def test_a_result_about_what_a_name_alone_tells_is_not_the_patients_for_certain(
    focus: Resource, reason: str | None
) -> None:
    newer = lvef("new", "2025-01-01", 40, focus=[focus])
    found = mapped(lvef("old", "2024-01-01", 62), newer)
    assert fact(found, LATEST) == {None: 40, "other-focus": 62, "focus-unclear": None}[reason]
    assert reason is None or reasons(found)[reason] == ["Observation/new"]


@pytest.mark.parametrize(
    ("word", "reading"), [("偏高", "high"), ("增高", "high"), ("↓↓", "low"), ("参考范围内", "normal")]
)
def test_readings_in_words(word: str, reading: str) -> None:
    alp = observation("a", {"text": "碱性磷酸酶"}, valueQuantity=quantity(200, "U/L"), interpretation=[{"text": word}])
    assert fact(mapped(alp), "labs.alp.interpretation") == reading


def test_what_is_left_out_still_opens_the_history() -> None:
    unread = {**observation("new", CALCIUM, "2025-01-01"), "valueQuantity": {"value": "3.1"}}
    found = mapped(OLD, unread)
    assert fact(found, "history") == history(("calcium", "2024-05-01", 2.3, "mmol/L"))
    assert open_lists(found)["history"] == {"unreadable": ["Observation/new"]}


def report(conclusion: str, when: str = "2024-10-01", status: str = "final") -> Resource:
    return {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": status,
        "code": {"text": "检查"},
        "effectiveDateTime": when,
        "conclusion": conclusion,
    }


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("左室收缩功能减低，LVEF 40%", LATEST),
        ("EF：约45%（正常值 >50%）", LATEST),
        ("血钾4.0，血钙 3.1 mmol/L", "labs.calcium.value"),
        ("血鈣 3.1 mmol/L", "labs.calcium.value"),
        ("肝穿刺：浸润性癌，HER2(0)", "biomarkers.her2_ihc"),
    ],
)
def test_a_later_text_that_names_a_result_leaves_the_older_one_open(text: str, path: str) -> None:
    read = [lvef("l", "2024-05-01", 62), OLD, observation("h", {"text": "HER2 IHC"}, "2022-01-01", valueString="3+")]
    assert fact(mapped(*read), path) is not None
    words = observation("d", {"text": "检查所见"}, "2024-10-01", valueString=text)
    for told in (report(text), words):
        found = mapped(*read, told)
        assert fact(found, path) is None
        assert f"{told['resourceType']}/d" in reasons(found)["newer-unread"]
        # Of the same day, older, of no day, void, or yet to come: what was read stays.
        for changed in (
            {"effectiveDateTime": "2022-01-01"},
            {"effectiveDateTime": None},
            {"status": "entered-in-error"},
            {"status": "registered"},
            {"effectiveDateTime": "2030-01-01"},
        ):
            assert fact(mapped(*read, {**told, **changed}), path) is not None


def test_a_report_on_results_that_were_read_says_nothing_newer() -> None:
    read = [lvef("l", "2024-10-01T08:00:00+08:00", 62), OLD]
    told = report("LVEF 62%", "2024-10-01T17:00:00+08:00")
    assert fact(mapped(*read, told), LATEST) == 62
    # Released days after: of the results that it names.
    told = {**report("LVEF 62%"), "effectiveDateTime": None, "issued": "2024-10-04T17:00:00+08:00"}
    assert fact(mapped(*read, told), LATEST) is None
    assert fact(mapped(*read, {**told, "result": [{"reference": "Observation/l"}]}), LATEST) == 62
    for others in ([{"reference": "Observation/old"}], [{"display": "LVEF"}], "Observation/l", [None]):
        assert fact(mapped(*read, {**told, "result": others}), LATEST) is None


@pytest.mark.parametrize(
    "text",
    [
        "建议3月后复查心脏超声",
        "LVEF正常，左房 40mm",
        "乳腺Ca 3cm",
        "右室射血分数 40%",
        "24小时尿钙 5.0 mmol/L",
        "ER 3号床",
    ],
)
def test_a_text_that_names_no_result_opens_nothing(text: str) -> None:
    read = [lvef("l", "2024-05-01", 62), OLD]
    found = mapped(*read, report(text))
    assert (fact(found, LATEST), fact(found, "labs.calcium.value")) == (62, 2.3)


def test_a_newer_sign_of_one_receptor_opens_what_an_older_result_says_otherwise() -> None:
    def of(name: str, when: str, value: str) -> Resource:
        return observation(f"{name}-{when}", {"text": name}, when, valueString=value)

    old = of("ER", "2022-01-01", "90%")
    assert fact(mapped(old, of("ER", "2024-01-01", "阴性")), "biomarkers.er_pct") is None
    for same in (of("ER", "2024-01-01", "阳性"), of("ER", "2021-01-01", "阴性")):
        assert fact(mapped(old, same), "biomarkers.er_pct") == 90
    status = of("激素受体状态", "2022-01-01", "阳性")
    for alone in ("阴性", "0%"):
        assert fact(mapped(status, of("PR", "2024-01-01", alone)), "biomarkers.hr_status") is None
        assert fact(mapped(status, of("PR", "2022-01-01", alone)), "biomarkers.hr_status") == "positive"
    both = [of("ER", "2024-01-01", "阴性"), of("PR", "2024-01-01", "阴性")]
    assert fact(mapped(status, *both), "biomarkers.hr_status") in ("negative", None)


@pytest.mark.parametrize(("of_sign", "of_percentage"), [
    ("2025-01-01", "2025-01-01"), (None, "2025-01-01"), ("2025-01-01", None), (None, None), ("2025", "2025-01-02"),
])  # fmt: skip
@pytest.mark.parametrize(("sign", "percentage"), [("阴性", "90%"), ("阳性", "0%")])
def test_a_sign_and_a_percentage_of_one_receptor_that_contradict_each_other_tell_neither(
    sign: str, percentage: str, of_sign: str | None, of_percentage: str | None
) -> None:
    """Of neither is it known that it is the newer: ER negative and ER 90% of one day."""
    signed = observation("s", {"text": "ER"}, of_sign, valueString=sign)
    counted = observation("p", {"text": "ER"}, of_percentage, valueString=percentage)
    progesterone = observation("q", {"text": "PR"}, "2025-01-01", valueString="阴性")
    found = mapped(signed, counted, progesterone)
    assert fact(found, "biomarkers.er_pct") is None
    assert fact(found, "biomarkers.hr_status") is None
    assert {"Observation/s", "Observation/p"} <= {*reasons(found)["conflicting-results"]}


def test_an_older_percentage_is_no_contradiction_of_a_newer_one_that_agrees() -> None:
    results = [("o", "2020-01-01", "0%"), ("p", "2025-01-01", "90%"), ("s", "2025-01-01", "阳性")]
    found = mapped(*(observation(name, {"text": "ER"}, day, valueString=text) for name, day, text in results))
    assert (fact(found, "biomarkers.er_pct"), fact(found, "biomarkers.hr_status")) == (90, "positive")
