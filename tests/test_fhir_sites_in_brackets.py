"""Where a metastasis of bone lies, in brackets behind it: doubted sites, vertebrae of several regions, fractures."""

from __future__ import annotations

import pytest

from fhir_support import ICD10, concept, condition, fact, mapped, profile


def sites(text: str) -> set[str | None]:
    """The sites of the lesions of a text, all of them confirmed ones of bone."""
    found = profile(condition("c", {"text": text})).get("lesions", [])
    assert all((one["organ"], one["status"]) == ("bone", "confirmed") for one in found)
    return {one.get("site") for one in found}


@pytest.mark.parametrize(
    "text",
    ["骨转移（L2？）", "骨转移（L2可疑）", "骨转移（疑L2）", "骨转移(L2待排)", "骨转移（T12、L2？）",
     "骨转移（胸椎、腰椎？）", "乳腺癌骨转移（L2？）", "骨转移（胸椎可疑）", "骨转移（L1压缩性骨折）",
     "骨转移，L1压缩性骨折", "骨轉移（L1壓縮性骨折）"],
)  # fmt: skip
def test_the_metastasis_is_there_and_its_site_open(text: str) -> None:
    assert sites(text) == {None}


def test_so_it_is_beside_the_code_of_bone() -> None:
    found = mapped(condition("c", concept(ICD10, "C79.5", "骨转移（L2？）")))
    assert fact(found, "lesions[bone].status") == "confirmed"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("骨转移：胸椎（T5、T8）、腰椎（L3）", {"thoracic_spine", "lumbar_spine"}),
        ("骨转移：胸椎（T5、T8），腰椎（L3）", {"thoracic_spine", "lumbar_spine"}),
        ("骨转移（胸椎（T5）、骨盆）", {"thoracic_spine", "pelvis"}),
        ("T12/L1转移", {"thoracic_spine", "lumbar_spine"}),
        ("T12、L1骨转移", {"thoracic_spine", "lumbar_spine"}),
        ("骨盆、T12/L1转移", {"pelvis", "thoracic_spine", "lumbar_spine"}),
        ("L1/2转移", {"lumbar_spine"}),
        ("T12-L2椎体转移", {None}),
        ("metastasis of L3 vertebral body", {"lumbar_spine"}),
        ("腰椎骨转移（L1压缩性骨折）", {"lumbar_spine"}),
        ("腰椎转移（L2？）", {"lumbar_spine"}),
    ],
)
def test_sites_that_are_named(text: str, expected: set[str | None]) -> None:
    assert sites(text) == expected


@pytest.mark.parametrize("text", ["骨转移（？）", "骨转移（待排）"])
def test_a_doubt_without_a_site_is_one_of_the_metastasis(text: str) -> None:
    (lesion,) = profile(condition("c", {"text": text}))["lesions"]
    assert lesion["status"] == "suspected"


@pytest.mark.parametrize(
    "text", ["乳腺癌（L2？）", "（L2可疑）", "骨转移，肺？", "L1压缩性骨折", "骨转移（T12明确，L2？），肝"]
)
def test_what_is_not_understood_makes_no_lesion(text: str) -> None:
    assert profile(condition("c", {"text": text})).get("lesions", []) == []
