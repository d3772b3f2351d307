"""Recorded facts that cannot both be right, or look odd together. Nothing is refused: it is said, and asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from oncocds.profile.contradiction import Contradiction
from oncocds.profile.contradictions_in_hcc import in_hcc
from oncocds.profile.contradictions_in_lists import in_lesions, in_medications, in_radiotherapy
from oncocds.profile.contradictions_of_primaries import of_primaries
from oncocds.profile.contradictions_of_results import in_results
from oncocds.profile.contradictions_of_treatment import in_treatment
from oncocds.profile.derived.medications import of_class
from oncocds.profile.derived.receptors import her2_from_tests, receptors_from_tests
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import Finding
from oncocds.text import Text

__all__ = ["Contradiction", "contradictions"]

_NO_PREGNANCY: tuple[tuple[str, str, Literal["contradiction", "hint"], Text], ...] = (
    (
        "sex",
        "male",
        "contradiction",
        Text("记录为男性，又记录为妊娠，请核实。", "Pregnancy is recorded of a male patient; please check."),
    ),
    (
        "biomarkers.menopausal_status",
        "postmenopausal",
        "hint",
        Text("记录为绝经后，又记录为妊娠，请核实。", "Pregnancy is recorded after menopause; please check."),
    ),
)


def contradictions(facts: PatientFacts) -> tuple[Contradiction, ...]:
    """Return every contradiction and hint of a profile."""
    return (
        *_receptors(facts),
        *in_lesions(facts),
        *of_primaries(facts),
        *_metastases(facts),
        *_extent(facts),
        *in_medications(facts),
        *in_treatment(facts),
        *_bone_agents(facts),
        *in_radiotherapy(facts),
        *in_hcc(facts),
        *_pregnancy(facts),
        *in_results(facts),
        *_ret(facts),
    )


def _pregnancy(facts: PatientFacts) -> Iterator[Contradiction]:
    pregnant = facts.finding("pregnant")
    for name, against, severity, text in _NO_PREGNANCY:
        other = facts.finding(name)
        if pregnant.value is True and other.value == against:
            involved = (*pregnant.used, *other.used)
            yield Contradiction(f"pregnancy-beside-{against}", severity, involved, text, involved)


def _receptors(facts: PatientFacts) -> Iterator[Contradiction]:
    status = facts.finding("biomarkers.her2_status")
    ihc, ish = facts.finding("biomarkers.her2_ihc"), facts.finding("biomarkers.her2_ish")
    tested = her2_from_tests(facts).value if status.value in ("positive", "negative") else None
    if tested is not None and status.value != tested:
        involved = (*status.used, *ihc.used, *ish.used)
        # A positive report beside a negative stain may rest on an ISH that was not entered.
        asked = (*involved, *(ish.missing if tested == "negative" else ()))
        text = Text(
            "HER2报告状态与IHC/ISH结果不一致，HER2状态按未知处理，请与病理科核实。",
            "The reported HER2 status and the IHC/ISH results contradict each other; HER2 is taken as unknown. "
            "Please check with pathology.",
        )
        yield Contradiction("her2-status-contradicts-tests", "contradiction", involved, text, asked)
    elif (ihc.value in ("0", "1+") and ish.value == "amplified") or (
        ihc.value == "3+" and ish.value == "not_amplified"
    ):
        text = Text(
            "HER2的IHC与ISH结果方向不一；按阳性结果判定，请与病理科核实。",
            "HER2 IHC and ISH point in different directions; the positive one counts. Please check with pathology.",
        )
        yield Contradiction.hint("her2-tests-differ", text, ihc, ish)
    reported = facts.finding("biomarkers.hr_status")
    percentages = reported if reported.value is None else receptors_from_tests(facts)
    if percentages.value is not None and reported.value != percentages.value:
        text = Text(
            "激素受体状态与ER/PR比例不一致，按未知处理，请核实。",
            "Hormone receptor status and ER/PR percentages contradict each other; taken as unknown. Please check.",
        )
        yield Contradiction.of("hormone-receptor-status-contradicts-percentages", text, reported, percentages)


def _metastases(facts: PatientFacts) -> Iterator[Contradiction]:
    lesions = facts.items("lesions")
    viscera, established = (facts.vocabulary.codes(name) for name in ("organ.viscera", "lesion_status.established"))
    bone = facts.finding("diagnosis.bone_metastases")
    visceral = facts.finding("diagnosis.visceral_metastases")
    for lesion in lesions or ():
        organ, status = lesion.finding("organ"), lesion.finding("status")
        primary = lesion.finding("is_primary").value is True
        if bone.value is False and organ.value == "bone" and status.value in established and not primary:
            text = Text(
                "医师判断无骨转移，但病灶列表中有已确立的骨病灶；暂以医师判断为准，请核实。",
                "Bone metastases are denied beside an established bone lesion; the assertion stands meanwhile.",
            )
            involved = (bone, organ, status)
            yield Contradiction.of("bone-metastases-denied-beside-a-lesion", text, *involved, asks=bone.used)
            break
    for lesion in lesions or ():
        organ, status = lesion.finding("organ"), lesion.finding("status")
        present = lesion.finding("trend").value != "resolved" and lesion.finding("is_primary").value is not True
        if visceral.value is False and organ.value in viscera and status.value in established and present:
            text = Text(
                "医师判断无明显内脏转移，但病灶列表中有内脏病灶；暂以医师判断为准，请核实。",
                "Visceral metastases are denied beside a visceral lesion; the assertion stands meanwhile.",
            )
            involved = (visceral, organ, status)
            yield Contradiction.of("visceral-metastases-denied-beside-a-lesion", text, *involved, asks=visceral.used)
            break
    asserted = [
        finding
        for name in ("bone_metastases", "visceral_metastases", "oligometastatic", "brain_oligo_new")
        if (finding := facts.finding(f"diagnosis.{name}")).value is True
    ]
    extent = facts.finding("diagnosis.extent")
    if lesions == () and not facts.incomplete("lesions") and (asserted or extent.value == "metastatic"):
        yield Contradiction(
            "metastases-beside-an-empty-list",
            "hint",
            (*(path for finding in asserted for path in finding.used), *_when(extent, "metastatic"), "lesions"),
            Text(
                "记录有转移，但病灶列表为空（表示无病灶）；如有病灶请补录。",
                "Metastases are recorded beside an empty list of lesions, which means none; please add them.",
            ),
        )
    doubted, suspected = facts.finding("diagnosis.bone_suspected"), facts.finding("derived.bone_metastases_suspected")
    if doubted.value is False and suspected.value is True:
        text = Text(
            "医师判断不怀疑骨转移，但记录有提示骨转移的表现；仍按疑似处理，请核实。",
            "Bone metastasis is not suspected beside a sign of it; still taken as suspected. Please check.",
        )
        yield Contradiction.hint("suspicion-denied-beside-a-sign", text, doubted, suspected)
    stated, done = facts.finding("assessments.bone_scan_done"), facts.finding("derived.bone_scan_done")
    if stated.value is False and done.value is True:
        text = Text(
            "记录为未做骨扫描，但有病灶由骨扫描检出；按已做处理，请核实。",
            "Bone scan is recorded as not done beside a lesion it shows; taken as done. Please check.",
        )
        yield Contradiction.of("bone-scan-denied-beside-a-lesion-it-shows", text, stated, done, asks=stated.used)


def _when(finding: Finding, value: str) -> tuple[str, ...]:
    return finding.used if finding.value == value else ()


def _extent(facts: PatientFacts) -> Iterator[Contradiction]:
    extent = facts.finding("diagnosis.extent")
    if extent.value not in ("early", "locally_advanced"):
        return
    for name in ("derived.bone_metastases", "derived.brain_metastases"):
        established = facts.finding(name)
        if established.value is True:
            text = Text(
                "疾病范围记为早期或局部晚期，但已有确立的转移灶，请核实。",
                "The extent is early or locally advanced beside an established metastasis; please check.",
            )
            yield Contradiction.of("early-extent-beside-a-metastasis", text, extent, established, asks=extent.used)
            return


def _bone_agents(facts: PatientFacts) -> Iterator[Contradiction]:
    reason, planned = facts.finding("plans.stop_bma_reason"), facts.finding("plans.stop_bma")
    if reason.value is not None and planned.value is False:
        text = Text(
            "记录了拟停骨改良药物的原因，但未记录拟停药；按未拟停处理，请核实。",
            "A reason for stopping the bone agent is recorded, but no planned stop; taken as none planned.",
        )
        yield Contradiction.hint("stop-reason-without-a-stop", text, reason, planned, asks=("plans.stop_bma",))
    denied = facts.finding("treatment.nephrotoxic_drug")
    if denied.value is not False:
        return
    for item in facts.items("medications") or ():
        if item.finding("status").value == "active" and of_class(item, "nephrotoxic").value is True:
            text = Text(
                "记录为未用肾毒性药物，但正使用的药物属肾毒性；暂以医师判断为准，请核实。",
                "Nephrotoxic drugs are denied beside an active one; the assertion stands meanwhile. Please check.",
            )
            involved = (denied, item.finding("drug"), item.finding("status"))
            yield Contradiction.of("nephrotoxic-drug-denied-beside-one", text, *involved, asks=denied.used)
            return


def _ret(facts: PatientFacts) -> Iterator[Contradiction]:
    fusion, panel = facts.finding("biomarkers.ret_fusion"), facts.finding("biomarkers.ngs_includes_ret")
    done = facts.finding("biomarkers.ngs_done")
    if done.value is False and panel.value is True:
        text = Text(
            "记录为未做多基因检测，但又记录检测包含RET，请核实。",
            "No multi-gene panel is recorded beside one that includes RET; please check.",
        )
        yield Contradiction.of("no-panel-beside-one-with-ret", text, done, panel)
    if fusion.value == "not_tested" and panel.value is True:
        text = Text(
            "RET融合记为未检测，但已做含RET的多基因检测，请核实。",
            "RET fusion is recorded as not tested beside a panel that includes RET; please check.",
        )
        yield Contradiction.of("ret-not-tested-beside-a-panel-with-ret", text, fusion, panel, asks=fusion.used)
