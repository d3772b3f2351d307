"""One of two drugs, which is not said (唑来膦酸或地舒单抗): what both are is certain, and never that both are taken."""

from __future__ import annotations

import pytest

from fhir_support import mapped, profile, request


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
