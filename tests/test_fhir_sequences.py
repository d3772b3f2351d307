"""Baseline LVEF: the last before the first drug of an uninterrupted anti-HER2 therapy, or unknown."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import fact, given, lvef, mapped, procedure, reasons, request, statement

Resource = dict[str, Any]


def course(identity: str, drug: str, start: str | None, end: str | None, status: str = "stopped") -> Resource:
    period = {key: value for key, value in (("start", start), ("end", end)) if value is not None}
    return statement(identity, drug, status, effectivePeriod=period)


ECHOES = [lvef("a", "2023-01-05", 65), lvef("b", "2024-05-15", 55), lvef("c", "2025-01-20", 50)]
T_DXD = request("d", "德曲妥珠单抗", authoredOn="2024-06-01")


@pytest.mark.parametrize(
    ("before", "baseline"),
    [
        ([], 55),
        ([course("t", "曲妥珠单抗", "2023-01-10", "2024-05-20")], 65),
        ([course("t", "曲妥珠单抗", "2023-01-10", "2024-06-10")], 65),
        ([course("t", "曲妥珠单抗", "2023-01-10", "2023-06-01")], 55),  # a year without
        ([course("t", "曲妥珠单抗", "2023-01-10", "2024-04-01")], None),  # two months: nobody knows
        ([course("t", "曲妥珠单抗", "2023-01-10", None)], None),
        ([course("t", "曲妥珠单抗", None, "2024-05-20")], None),
        ([course("t", "曲妥珠单抗", None, "2023-05-20")], 55),
        ([course("t", "曲妥珠单抗", None, None)], None),
        ([course("l", "来曲唑", "2023-01-10", "2024-05-20")], 55),
        ([course("t", "帕捷特", "2023-01-10", "2024-01-02"), course("u", "赫赛莱", "2024-01-20", "2024-05-20")], 65),
        ([statement("p", "曲妥珠单抗", "not-taken", effectivePeriod={"start": "2023-01-10"})], 55),
        ([given("g", "曲妥珠单抗", "2024-05-14"), given("h", "曲妥珠单抗", "2023-01-10")], 65),
    ],
)
def test_a_switch_without_interruption_keeps_the_first_baseline(before: list[Resource], baseline: float | None) -> None:
    found = mapped(*ECHOES, *before, T_DXD)
    assert fact(found, "cardiac.lvef_baseline") == baseline
    assert fact(found, "cardiac.lvef_latest") == 50
    told = {"no-baseline", "therapy-start-unclear"} & set(reasons(found))
    assert bool(told) is (baseline is None)


def test_cycles_of_one_drug_are_one_sequence() -> None:
    days = ("2024-11-20", "2024-12-11", "2025-01-02", "2025-01-23")
    cycles = [request(f"r{n}", "曲妥珠单抗", "completed", authoredOn=day) for n, day in enumerate(days)]
    found = mapped(lvef("a", "2024-11-10", 63), lvef("b", "2025-01-28", 44), *cycles)
    assert (fact(found, "cardiac.lvef_baseline"), fact(found, "cardiac.lvef_latest")) == (63, 44)


@pytest.mark.parametrize(
    ("when", "latest", "baseline"),
    [
        ("2025-01-25", None, 65),
        (None, None, None),  # it may be as old as the baseline, or as new as the newest
        ("2024-12-01", 60, 65),
        ("2024-05-20", 60, None),  # it may be the baseline
        ("2024-01-01", 60, 65),
    ],
)
@pytest.mark.parametrize("reason", ["newer-preliminary", "newer-unread"])
def test_an_echo_not_final_or_not_read_that_may_be_the_newest_leaves_it_open(
    when: str | None, latest: float | None, baseline: float | None, reason: str
) -> None:
    drug = course("t", "曲妥珠单抗", "2024-06-01", None, "active")
    odd = lvef("p", when, 38, status="preliminary")
    if reason == "newer-unread":
        odd = lvef("p", when, 38)
        odd["valueString"] = "see the report"
        del odd["valueQuantity"]
    found = mapped(lvef("a", "2024-05-15", 65), lvef("b", "2025-01-20", 60), odd, drug)
    assert fact(found, "cardiac.lvef_latest") == latest
    assert fact(found, "cardiac.lvef_baseline") == baseline
    assert (reason in reasons(found)) is (latest is None)


def test_radiotherapy_within_a_therapy_that_changed_its_drug() -> None:
    before = course("t", "曲妥珠单抗", "2023-01-10", "2024-05-20")
    rays = procedure("rt", {"text": "放疗"}, performedPeriod={"start": "2023-05-01", "end": "2023-06-01"})
    assert fact(mapped(before, T_DXD, rays), "radiotherapy[rt].during_current_antiher2") is True
    earlier = course("t", "曲妥珠单抗", "2022-01-10", "2022-05-20")
    assert fact(mapped(earlier, T_DXD, rays), "radiotherapy[rt].during_current_antiher2") is False
