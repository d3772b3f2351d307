"""Contradictions within and between the items of a profile's lists."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.profile.contradiction import Contradiction
from oncocds.profile.derived.bone_agents import Agents
from oncocds.profile.facts import PatientFacts, PatientItem
from oncocds.text import Text
from oncocds.vocabulary.drug_classes import OTHER
from oncocds.vocabulary.printed_names import printed_names

_SYMPTOMS = ("painful", "pain_significant", "functional_impairment", "neurovascular_compression")
_ASYMPTOMATIC = Text(
    "病灶记为无症状，但同时记录了症状；暂按有症状处理，请核实。",
    "The lesion is called asymptomatic beside a recorded symptom; taken as symptomatic. Please check.",
)
_PAINLESS = Text(
    "病灶记为无疼痛，但同时记录了显著疼痛；暂按有疼痛处理，请核实。",
    "The lesion is called painless beside significant pain; taken as painful. Please check.",
)
_DANGERS = ("cord_threat", "impending_fracture", "fracture_risk", "spinal_instability", "neurovascular_compression")
_DANGER_IN_A_RESOLVED_LESION = Text(
    "病灶记为已消失，但同时记录了新的危险（脊髓受威胁、即将骨折、骨折风险、脊柱不稳或神经血管压迫）；急症照常提示，请核实。",
    "The lesion is called resolved beside a danger (threatened cord, impending fracture, fracture risk, unstable spine "
    "or neurovascular compression); emergencies are told all the same. Please check.",
)
_BONE_SCAN_ALONE = Text(
    "骨病灶记为影像阳性，但仅有骨扫描；骨扫描特异性较低，请确认。",
    "A bone lesion is imaging-positive with bone scan as its only modality; please confirm.",
)
_NOT_SOLITARY = Text(
    "病灶记为孤立，但列表中还有其他骨病灶，请核实。",
    "The lesion is called solitary beside other bone lesions of the list; please check.",
)
_NOT_NEW = Text(
    "病灶记为非新发，但变化趋势为新发；按新发处理，请核实。",
    "The lesion is called not new, its trend new; taken as new. Please check.",
)
_UNSTABLE_SPINE_ELSEWHERE = Text(
    "脊柱不稳记在非脊柱部位的病灶上，请核实部位。",
    "Spinal instability is recorded of a lesion outside the spine; please check the site.",
)
_BONE_SITE_ELSEWHERE = Text(
    "病灶的器官不是骨，却记录了骨部位，请核实器官；按所记器官处理。",
    "A bone site is recorded of a lesion in another organ, please check the organ; the organ counts meanwhile.",
)
_STOPPED_BEFORE_STARTED = Text(
    "停药日期早于开始日期，请核实。", "The stop date lies before the start date; please check."
)
_ACTIVE_PAST_STOP = Text(
    "药物记为使用中，但停药日期已到；按使用中处理，请核实。",
    "The drug is called active past its stop date; taken as active. Please check.",
)
_ACTIVE_BEFORE_START = Text(
    "药物记为使用中，但开始日期尚未到；按使用中处理，请核实。",
    "The drug is called active before its start date; taken as active. Please check.",
)
_MONTHLY_OTHERWISE = Text(
    "“每月给药”与记录的给药间隔不符；以间隔为准，请核实。",
    "The answer on monthly dosing and the recorded interval differ; the interval counts. Please check.",
)
_NAMED_OTHERWISE = Text(
    "药物与所记名称是两种不同的药物；以药物为准，请核实。",
    "The drug and the name beside it are two different drugs; the drug counts. Please check.",
)
_SAME_AGENT_TWICE = Text(
    "同一骨改良药物列出两次或多次（在用或拟用），请核实是否重复用药；也可能是重复登记，例如两个商品名，或骨质疏松用量与骨转移用量并存。",
    "The same bone-modifying agent is listed twice or more (active or planned); please check for duplicate "
    "therapy or a duplicate entry, such as two brands, or an osteoporosis and a bone metastasis regimen side by side.",
)
_OTHER_SIDE = Text(
    "放疗侧别与肿瘤侧别不同；以放疗侧别为准，请核实。",
    "The side of the course differs from the side of the tumour; the course counts. Please check.",
)
_PRIOR_RADIOTHERAPY = Text(
    "记录为无既往放疗，但放疗列表中有已完成的疗程，请核实。",
    "Prior radiotherapy is denied beside a completed course; please check.",
)


def in_lesions(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield what cannot be right, or looks odd, about the lesions."""
    lesions = facts.items("lesions") or ()
    in_bone = [lesion for lesion in lesions if lesion.finding("organ").value == "bone"]
    for lesion in lesions:
        yield from _in_lesion(lesion)
        solitary = lesion.recorded("solitary")
        if solitary.value is True and len(in_bone) > 1:
            involved = (*solitary.used, *(other.path + ".organ" for other in in_bone if other.id != lesion.id))
            yield Contradiction("solitary-beside-other-bone-lesions", "hint", involved, _NOT_SOLITARY)


def _in_lesion(lesion: PatientItem) -> Iterator[Contradiction]:
    symptomatic, painful = lesion.recorded("symptomatic"), lesion.recorded("painful")
    if symptomatic.value is False:
        signs = [sign for field in _SYMPTOMS if (sign := lesion.recorded(field)).value is True]
        if signs:
            name, asked = "symptom-in-a-lesion-called-asymptomatic", (f"{lesion.path}.symptomatic",)
            yield Contradiction.of(name, _ASYMPTOMATIC, symptomatic, *signs, asks=asked)
    significant = lesion.recorded("pain_significant")
    if painful.value is False and significant.value is True:
        name = "significant-pain-in-a-painless-lesion"
        yield Contradiction.of(name, _PAINLESS, painful, significant, asks=painful.used)
    status, imaging = lesion.recorded("status"), lesion.finding("imaging")
    if (
        status.value == "imaging_positive"
        and imaging.value == ("bone_scan",)
        and lesion.finding("organ").value == "bone"
        and lesion.finding("biopsied").value is not True
    ):
        yield Contradiction.hint("imaging-positive-on-bone-scan-alone", _BONE_SCAN_ALONE, status, imaging)
    trend = lesion.finding("trend")
    if trend.value == "resolved":
        dangers = [danger for field in _DANGERS if (danger := lesion.recorded(field)).value is True]
        if dangers:
            text = _DANGER_IN_A_RESOLVED_LESION
            yield Contradiction.of("danger-in-a-resolved-lesion", text, trend, *dangers, asks=trend.used)
    if trend.value == "new" and lesion.finding("is_new").value is False:
        yield Contradiction.hint("new-by-trend-only", _NOT_NEW, trend, lesion.finding("is_new"))
    organ, site = lesion.recorded("organ"), lesion.recorded("site")
    if site.value is not None and organ.value not in (None, "bone"):
        yield Contradiction.of("bone-site-beside-another-organ", _BONE_SITE_ELSEWHERE, organ, site, asks=organ.used)
    unstable = lesion.recorded("spinal_instability")
    if unstable.value is True and lesion.finding("vertebral").value is False:
        name, text = "spinal-instability-outside-the-spine", _UNSTABLE_SPINE_ELSEWHERE
        yield Contradiction.hint(name, text, unstable, lesion.finding("vertebral"))


def in_medications(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield what cannot be right, or looks odd, about the medications."""
    today = facts.as_of.isoformat()
    items = facts.items("medications") or ()
    for item in items:
        start, stop, status = item.finding("start_date"), item.finding("stop_date"), item.finding("status")
        if start.value is not None and stop.value is not None and str(stop.value) < str(start.value):
            yield Contradiction.of("stopped-before-started", _STOPPED_BEFORE_STARTED, start, stop)
        if status.value == "active":
            if stop.value is not None and str(stop.value) <= today:
                yield Contradiction.hint("active-past-its-stop", _ACTIVE_PAST_STOP, status, stop)
            if start.value is not None and str(start.value) > today:
                yield Contradiction.hint("active-before-its-start", _ACTIVE_BEFORE_START, status, start)
        drug, name = item.recorded("drug"), item.recorded("name")
        if name.value is not None and drug.value not in (None, OTHER):
            named = printed_names(facts.vocabulary).drug(str(name.value))
            if named not in (None, drug.value):
                yield Contradiction.hint("drug-named-otherwise", _NAMED_OTHERWISE, drug, name)
        stated, monthly = item.recorded("monthly"), item.finding("monthly")
        if stated.value is not None and stated.value is not monthly.value:
            yield Contradiction.hint("monthly-beside-another-interval", _MONTHLY_OTHERWISE, stated, monthly)
    for again in Agents(facts, items).listed_again():  # every entry is told: one that is not named is not looked for
        entries = [items[at] for at in again]
        drugs = [item.finding("drug") for item in entries]
        names = [item.finding("name") for item in entries if item.finding("drug").value == OTHER]
        yield Contradiction.hint("same-bone-agent-twice", _SAME_AGENT_TWICE, *drugs, *names)


def in_radiotherapy(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield what cannot be right, or looks odd, about radiotherapy."""
    courses = facts.items("radiotherapy") or ()
    of_tumour = facts.finding("diagnosis.laterality")
    region = facts.vocabulary.codes("radiotherapy_site.breast_region")
    for course in courses:
        side = course.recorded("laterality")
        if {side.value, of_tumour.value} == {"left", "right"} and course.finding("site").value in region:
            yield Contradiction.hint("radiotherapy-on-the-other-side", _OTHER_SIDE, of_tumour, side)
    prior = facts.finding("hcc.prior_rt")
    completed = [one for course in courses if (one := course.finding("status")).value == "completed"]
    if prior.value is False and completed:
        name = "prior-radiotherapy-denied-beside-a-completed-course"
        yield Contradiction.of(name, _PRIOR_RADIOTHERAPY, prior, *completed, asks=prior.used)
