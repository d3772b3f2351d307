"""Results that deny each other or hardly can be: readings, percentages, dates. It is said, and asked."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Literal

from oncocds.profile.contradiction import Contradiction
from oncocds.profile.facts import PatientFacts
from oncocds.profile.freshness import QUESTIONED_AFTER_MONTHS, dated_results, older_than
from oncocds.profile.history import given_beside
from oncocds.profile.limits import place_of
from oncocds.text import Text

_PERCENTAGES = (
    "biomarkers.er_pct",
    "biomarkers.pr_pct",
    "biomarkers.pd_l1_pct",
    "hcc.liver_tumour_fraction_pct",
)


def in_results(facts: PatientFacts) -> Iterator[Contradiction]:
    """Return every contradiction and hint about results."""
    yield from _lvef(facts)
    yield from _readings(facts)
    yield from _percentages(facts)
    yield from _blood_pressure(facts)
    yield from _dialysis(facts)
    yield from _dates(facts)
    yield from _oral_examination(facts)
    yield from _history(facts)


def _lvef(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield that the clinician's word on an LVEF fall and the values differ."""
    stated = facts.finding("cardiac.marked_decline")
    baseline, latest = facts.finding("cardiac.lvef_baseline"), facts.finding("cardiac.lvef_latest")
    if stated.value is not None and isinstance(baseline.value, float | int) and isinstance(latest.value, float | int):
        fall, limit = round(baseline.value - latest.value, 6), facts.finding("policy.lvef_drop_abs")
        marked = (
            fall >= limit.value if isinstance(limit.value, float | int) and fall > 0 else None if fall > 0 else False
        )
        if marked is not None and marked is not stated.value:
            text = Text(
                "左室射血功能是否明显下降的判断与LVEF数值不符；以医师判断为准，请核实。",
                "The clinician's word on a marked LVEF fall and the values differ; the clinician's word stands.",
            )
            involved = (stated, baseline, latest, *([limit] if fall > 0 else ()))
            yield Contradiction.hint("lvef-fall-beside-other-values", text, *involved)


def _readings(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield readings that the result's own value denies, by its limits or by those any laboratory could have."""
    for analyte, result in facts.results():
        said = result.interpretation
        if result.value is None or said is None:
            continue
        above, below = place_of(result, facts.vocabulary.quantities[analyte])
        if (
            (said == "normal" and (above or below))
            or (said == "high" and (above is False or below))
            or (said == "low" and (below is False or above))
        ):
            name = f"labs.{analyte}"
            limits = tuple(
                f"{name}.{part}" for part in ("reference_low", "reference_high") if getattr(result, part) is not None
            )
            text = Text(
                "检验结果的判读与其数值和参考范围不符，请核实。",
                "The reading of a result does not fit its value and reference limits; please check.",
            )
            involved = (f"{name}.value", f"{name}.interpretation", *limits)
            yield Contradiction(
                "reading-beside-other-limits", "contradiction", involved, text, (f"{name}.interpretation",)
            )


def _percentages(facts: PatientFacts) -> Iterator[Contradiction]:
    for name in _PERCENTAGES:
        found = facts.finding(name)
        if isinstance(found.value, int | float) and 0 < found.value < 1:
            text = Text(
                "百分数大于0而小于1：是分数（0.9即90%），还是确实低于1%？请核实；确认之前不据此下结论。",
                "A percentage above 0 and below 1: a fraction (0.9 for 90 %), or truly below 1 %? Please check; "
                "nothing rests on it until then.",
            )
            yield Contradiction.of("percentage-below-one", text, found)


def _blood_pressure(facts: PatientFacts) -> Iterator[Contradiction]:
    systolic, diastolic = facts.finding("vitals.systolic"), facts.finding("vitals.diastolic")
    high, low = systolic.value, diastolic.value
    if isinstance(high, int | float) and isinstance(low, int | float) and low >= high:
        text = Text(
            "舒张压不低于收缩压，请核实是否填反。",
            "The diastolic pressure is not below the systolic; please check whether they are interchanged.",
        )
        yield Contradiction.of("diastolic-above-systolic", text, systolic, diastolic)


def _dialysis(facts: PatientFacts) -> Iterator[Contradiction]:
    dialysis, denied = facts.finding("comorbidities.dialysis"), facts.finding("comorbidities.renal_insufficiency")
    if dialysis.value is True and denied.value is False:
        text = Text(
            "记录为透析，又记录无肾功能不全；按透析处理，请核实。",
            "Dialysis is recorded beside no renal insufficiency; taken as on dialysis. Please check.",
        )
        yield Contradiction.of("dialysis-without-renal-insufficiency", text, dialysis, denied)


def _history(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield results that were given otherwise than their history says, and a history that goes beyond today."""
    for series in facts.series:
        for fact in given_beside(facts.given, series, facts.vocabulary):
            label = facts.vocabulary.fields[fact].label
            text = Text(
                f"所填的{label.zh}与历次结果不符，请核实；以所填的为准。",
                f"The {label.en} that was given and the earlier results differ; please check. What was given stands.",
            )
            yield Contradiction("result-beside-its-history", "contradiction", (fact,), text, (fact,))
    if any(one.date > facts.as_of.isoformat() for one in facts.given.history or ()):
        text = Text(
            "历次结果中有日期晚于评估日期的，请核实日期；这些结果不计入。",
            "Some earlier results are dated after the day of this evaluation; please check. They do not count.",
        )
        yield Contradiction("history-dated-in-the-future", "contradiction", (), text, ())


def _oral_examination(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield that an oral examination has a date that is past, while none is said to be done."""
    done, dated = facts.finding("assessments.dental_exam_done"), facts.finding("assessments.dental_exam_date")
    if done.value is not True and isinstance(dated.value, str) and dated.value <= facts.as_of.isoformat():
        text = Text(
            "记录了口腔检查的日期，却没有记录已做口腔检查：请核实；确认之前不按已做处理。",
            "An oral examination is dated, but not recorded as done; please check. It counts as not done meanwhile.",
        )
        involved, asked = (*dated.used, *done.used), ("assessments.dental_exam_done",)
        severity: Literal["contradiction", "hint"] = "hint" if done.value is None else "contradiction"
        yield Contradiction("oral-examination-dated-not-done", severity, involved, text, asked)


def _dates(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield results dated after the day of the evaluation, and those that are old."""
    dated = list(dated_results(facts.sent))
    coming = [dating for _, dating, date in dated if date > facts.as_of]
    monitored = (fact for one in facts.vocabulary.monitoring.values() for fact in one.dates)
    coming += [fact for fact in dict.fromkeys(monitored) if fact not in coming and _is_coming(facts, fact)]
    if coming:
        text = Text(
            "有检验或检查结果的日期晚于评估日期，请核实日期；结果仍计入。",
            "A result is dated after the day of this evaluation; please check the date. The result counts meanwhile.",
        )
        yield Contradiction("result-dated-in-the-future", "contradiction", tuple(coming), text, tuple(coming))
    set_ = facts.finding("policy.result_age_months")
    months = set_.value if isinstance(set_.value, int) else QUESTIONED_AFTER_MONTHS
    old = [one for one in dated if older_than(one[2], months, facts.as_of)]
    if old:
        facts_, datings = tuple(fact for fact, _, _ in old), tuple(dating for _, dating, _ in old)
        still = {fact: _still_true(facts, fact, date) for fact, _, date in old}
        text = _counted(months) if set_.value is None else _not_counted(months)
        yield Contradiction("old-result", "hint", (*datings, *set_.used), text, facts_, still, "info")


def _is_coming(facts: PatientFacts, fact: str) -> bool:
    date = facts.finding(fact).value
    return isinstance(date, str) and date > facts.as_of.isoformat()


def _counted(months: int) -> Text:
    return Text(
        f"结果已超过{months}个月（惯例，非来源内容）：仍然计入，请确认是否仍然有效。",
        f"Results older than {months} months (a convention, not from the documents): they still count; please confirm "
        "that they are still true.",
    )


def _not_counted(months: int) -> Text:
    return Text(
        f"结果已超过本院设定的{months}个月：按未知处理，请补近期结果。",
        f"Results older than the {months} months of the site's setting: taken as unknown; a recent one is wanted.",
    )


def _still_true(facts: PatientFacts, fact: str, date: datetime.date) -> Text:
    label = facts.vocabulary.fields[fact].label
    return Text(f"{label.zh}（{date}的结果）：是否仍然有效？", f"{label.en} of {date}: still true?")
