"""Two drugs in one text: one of the two (唑来膦酸或地舒单抗), or a known one beside one that nobody knows."""

from __future__ import annotations

import pytest

from fhir_support import mapped, open_lists, profile, reasons, request


@pytest.mark.parametrize(
    "text",
    ["唑来膦酸/地舒单抗", "唑来膦酸或地舒单抗", "地舒单抗 或 唑来膦酸", "双膦酸盐或地舒单抗", "双膦酸盐/地舒单抗",
     "zoledronic acid or denosumab", "唑来膦酸4mg或地舒单抗120mg"],
)  # fmt: skip
def test_it_is_one_agent_of_which_it_is_not_known_which(text: str) -> None:
    found = profile(request("d", text, authoredOn="2025-01-01"))
    (one,) = found["medications"]
    assert one["drug"] == "other"
    assert one["has_class"] == ["bone_modifying_agent"]
    assert not {"bone_modifying_agent", "bisphosphonate"} & {*one["not_class"]}
    assert "chemotherapy" in one["not_class"]
    beside = profile(request("d", text, authoredOn="2025-01-01"), request("z", "地舒单抗", authoredOn="2025-01-01"))
    told = {item["id"]: item for item in beside["medications"]}
    assert next(item for item in told.values() if item["drug"] == "other")["has_class"] == []  # it may be that one


def test_what_is_taken_together_stays_two() -> None:
    for text in ("曲妥珠单抗/帕妥珠单抗", "曲妥珠单抗+帕妥珠单抗"):
        found = mapped(request("d", text, authoredOn="2025-01-01")).profile
        assert {one["drug"] for one in found["medications"]} == {"trastuzumab", "pertuzumab"}


@pytest.mark.parametrize(
    "text",
    ["地舒单抗、某新药", "地舒单抗，某新药", "地舒单抗；某新药", "地舒单抗 某新药", "地舒单抗+某新药",
     "denosumab, xyzmab",
     "地舒单抗、HJK-101", "某某单抗、地舒单抗", "双膦酸盐、地舒单抗", "地舒单抗，双膦酸盐",
     "地舒单抗，某某替尼", "地舒单抗、XX中药",
     "地舒单抗 120mg；维立西呱片 2.5mg", "denosumab 120 mg sc q4w, zzztinib 80 mg"],
)  # fmt: skip
def test_a_drug_that_nobody_knows_beside_a_known_one_is_not_lost(text: str) -> None:
    found = mapped(request("d", text, authoredOn="2025-01-01"))
    assert [one["drug"] for one in found.profile["medications"]] == ["denosumab"]
    assert reasons(found)["combination-part-unknown"] == ["MedicationRequest/d"]
    assert open_lists(found) == {"medications": {"combination-part-unknown": ["MedicationRequest/d"]}}


@pytest.mark.parametrize(
    "text",
    ["地舒单抗 120mg q4w", "地舒单抗，皮下注射", "地舒单抗（安加维）某厂", "安加维 百济神州", "地舒单抗 齐鲁制药",
     "地舒单抗 自备",
     "地舒单抗注射液 120mg，皮下，每4周一次，长期医嘱", "地舒单抗 注射液", "地舒单抗，国产",
     "地舒单抗、皮下、每4周", "地舒单抗，医保", "Denosumab 120 MG, Xgeva", "denosumab, subcutaneous"],
)  # fmt: skip
def test_what_is_printed_around_one_drug_is_no_other(text: str) -> None:
    found = mapped(request("d", text, authoredOn="2025-01-01"))
    assert [one["drug"] for one in found.profile["medications"]] == ["denosumab"]
    assert not open_lists(found)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("地舒单抗 120mg q4w ih 末次2025-01-02", "active"),
        ("地舒单抗120mg皮下每月1次，末次用药2025年1月2日", "active"),
        ("地舒单抗（末次2025-01-02）", "active"),
        ("地舒单抗 末次2022-01-02", None),
    ],
)
def test_when_a_drug_was_given_last_leaves_it_the_drug_that_it_is(text: str, status: str | None) -> None:
    (one,) = profile(request("d", text, authoredOn="2025-01-01"))["medications"]
    assert (one["drug"], one.get("status")) == ("denosumab", status)
