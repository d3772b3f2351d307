"""Recorded facts that cannot both be right, or look odd together. Nothing is refused: it is said, and asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from oncocds.profile.derived.receptors import her2_from_tests, receptors_from_tests
from oncocds.profile.facts import PatientFacts
from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A contradiction (or, as a hint, an oddity): the facts that clash and those to ask about."""

    id: str
    severity: Literal["contradiction", "hint"]
    facts: tuple[str, ...]
    text: Text
    asks: tuple[str, ...] = ()


def contradictions(facts: PatientFacts) -> tuple[Contradiction, ...]:
    """Return every contradiction and hint of a profile."""
    return (
        *_receptors(facts),
        *_lesions(facts),
        *_extent(facts),
        *_medications(facts),
        *_radiotherapy(facts),
        *_ret(facts),
    )


def _receptors(facts: PatientFacts) -> Iterator[Contradiction]:
    status, tested = facts.finding("biomarkers.her2_status"), her2_from_tests(facts)
    ihc, ish = facts.finding("biomarkers.her2_ihc"), facts.finding("biomarkers.her2_ish")
    clash = status.value in ("positive", "negative") and tested.value is not None and status.value != tested.value
    if clash or (ihc.value in ("0", "1+") and ish.value == "amplified"):
        involved = tuple(dict.fromkeys((*(status.used if clash else ()), *ihc.used, *ish.used)))
        yield Contradiction(
            "her2-status-contradicts-tests",
            "contradiction",
            involved,
            Text(
                "HER2报告状态与IHC/ISH结果不一致，HER2状态按未知处理，请与病理科核实。",
                "The reported HER2 status and the IHC/ISH results contradict each other; HER2 is taken as unknown. "
                "Please check with pathology.",
            ),
            involved,
        )
    reported, percentages = facts.finding("biomarkers.hr_status"), receptors_from_tests(facts)
    if reported.value is not None and percentages.value is not None and reported.value != percentages.value:
        involved = (*reported.used, *percentages.used)
        yield Contradiction(
            "hormone-receptor-status-contradicts-percentages",
            "contradiction",
            involved,
            Text(
                "激素受体状态与ER/PR比例不一致，按未知处理，请核实。",
                "Hormone receptor status and ER/PR percentages contradict each other; taken as unknown.",
            ),
            involved,
        )


def _lesions(facts: PatientFacts) -> Iterator[Contradiction]:
    lesions = facts.items("lesions") or ()
    established_bone: tuple[str, ...] = ()
    for lesion in lesions:
        if lesion.recorded("symptomatic").value is False:
            for field in ("painful", "pain_significant", "functional_impairment", "neurovascular_compression"):
                sign = lesion.recorded(field)
                if sign.value is True:
                    yield Contradiction(
                        "symptom-in-a-lesion-called-asymptomatic",
                        "contradiction",
                        (f"{lesion.path}.symptomatic", *sign.used),
                        Text(
                            "病灶记为无症状，但同时记录了症状；暂按有症状处理，请核实。",
                            "The lesion is called asymptomatic beside a recorded symptom; taken as symptomatic.",
                        ),
                        (f"{lesion.path}.symptomatic",),
                    )
                    break
        status, imaging = lesion.recorded("status"), lesion.finding("imaging")
        if (
            lesion.finding("organ").value == "bone"
            and status.value == "imaging_positive"
            and imaging.value == ("bone_scan",)
        ):
            yield Contradiction(
                "imaging-positive-on-bone-scan-alone",
                "hint",
                (*status.used, *imaging.used),
                Text(
                    "骨病灶记为影像阳性，但仅有骨扫描；骨扫描特异性较低，请确认。",
                    "A bone lesion is imaging-positive with bone scan as its only modality; please confirm.",
                ),
            )
        if lesion.finding("organ").value == "bone" and lesion.finding("status").value in (
            "imaging_positive",
            "confirmed",
        ):
            established_bone = established_bone or lesion.finding("status").used
    asserted = facts.finding("diagnosis.bone_metastases")
    if asserted.value is False and established_bone:
        yield Contradiction(
            "bone-metastases-denied-beside-a-lesion",
            "contradiction",
            (*asserted.used, *established_bone),
            Text(
                "医师判断无骨转移，但病灶列表中有已确立的骨病灶；以医师判断为准，请核实。",
                "Bone metastases are denied beside an established bone lesion; the assertion stands meanwhile.",
            ),
            asserted.used,
        )


def _extent(facts: PatientFacts) -> Iterator[Contradiction]:
    extent = facts.finding("diagnosis.extent")
    if extent.value not in ("early", "locally_advanced"):
        return
    for name in ("derived.bone_metastases", "derived.brain_metastases"):
        established = facts.finding(name)
        if established.value is True:
            yield Contradiction(
                "early-extent-beside-a-metastasis",
                "contradiction",
                (*extent.used, *established.used),
                Text(
                    "疾病范围记为早期或局部晚期，但已有确立的转移灶，请核实。",
                    "The extent is early or locally advanced beside an established metastasis; please check.",
                ),
                extent.used,
            )
            return


def _medications(facts: PatientFacts) -> Iterator[Contradiction]:
    for item in facts.items("medications") or ():
        start, stop = item.finding("start_date"), item.finding("stop_date")
        if start.value is not None and stop.value is not None and str(stop.value) < str(start.value):
            yield Contradiction(
                "stopped-before-started",
                "contradiction",
                (*start.used, *stop.used),
                Text("停药日期早于开始日期，请核实。", "The stop date lies before the start date; please check."),
                stop.used,
            )


def _radiotherapy(facts: PatientFacts) -> Iterator[Contradiction]:
    of_tumour = facts.finding("diagnosis.laterality")
    completed: tuple[str, ...] = ()
    for course in facts.items("radiotherapy") or ():
        side = course.recorded("laterality")
        if course.finding("site").value in ("breast", "chest_wall", "regional_nodes") and {
            side.value,
            of_tumour.value,
        } == {"left", "right"}:
            yield Contradiction(
                "radiotherapy-on-the-other-side",
                "hint",
                (*of_tumour.used, *side.used),
                Text(
                    "放疗侧别与肿瘤侧别不同；以放疗侧别为准，请核实。",
                    "The side of the course differs from the side of the tumour; the course counts. Please check.",
                ),
            )
        if course.finding("status").value == "completed":
            completed = completed or course.finding("status").used
    prior = facts.finding("hcc.prior_rt")
    if prior.value is False and completed:
        yield Contradiction(
            "prior-radiotherapy-denied-beside-a-completed-course",
            "contradiction",
            (*prior.used, *completed),
            Text(
                "记录为无既往放疗，但放疗列表中有已完成的疗程，请核实。",
                "Prior radiotherapy is denied beside a completed course; please check.",
            ),
            prior.used,
        )


def _ret(facts: PatientFacts) -> Iterator[Contradiction]:
    fusion, panel = facts.finding("biomarkers.ret_fusion"), facts.finding("biomarkers.ngs_includes_ret")
    if fusion.value == "not_tested" and panel.value is True:
        yield Contradiction(
            "ret-not-tested-beside-a-panel-with-ret",
            "contradiction",
            (*fusion.used, *panel.used),
            Text(
                "RET融合记为未检测，但已做含RET的多基因检测，请核实。",
                "RET fusion is recorded as not tested beside a panel that includes RET; please check.",
            ),
            fusion.used,
        )
