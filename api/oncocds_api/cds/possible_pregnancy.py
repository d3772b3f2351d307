"""A pregnancy that records raise and do not settle: said at an order of what a recorded one would be said of."""

from __future__ import annotations

from oncocds.advice.result import Bilingual, Notice
from oncocds_fhir.mapping import Mapped
from oncocds_fhir.pregnancy import PREGNANT

_RAISED_BY = ("unconfirmed", "status-unclear", "conflicting-results", "unknown-answer")


def possible_pregnancy(mapped: Mapped) -> Notice | None:
    """Return the remark that names the records, None where pregnancy is known or no record raises it."""
    if PREGNANT in mapped.profile:
        return None
    labels = {
        label
        for one in mapped.report().unmapped
        if PREGNANT in one.facts and one.reason in _RAISED_BY
        for label in one.resources
    }
    if not labels:
        return None
    named = ", ".join(sorted(labels))
    zh = f"可能妊娠，尚未确认（{named}）：开具这些药物或放疗之前请先确认是否妊娠；各来源文献均未考虑妊娠（引擎提示）。"
    en = (
        f"Possible pregnancy, not confirmed ({named}): confirm before these drugs or radiotherapy are ordered; "
        "none of the source documents considers pregnancy (the engine’s remark)."
    )
    return Notice.of(
        id="possible-pregnancy",
        urgency="warning",
        text=Bilingual.of(zh=zh, en=en),
        origin="engine",
        status=None,
        passages=[],
    )
