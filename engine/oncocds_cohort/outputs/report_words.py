"""The words of the report, Chinese and English."""

from __future__ import annotations

from oncocds.text import Text

WORDS = {
    "title": Text("患者队列报告", "Cohort report"),
    "of": Text("{patients} 位患者 · 截至 {as_of}", "{patients} patients · as of {as_of}"),
    "professional": Text(
        "供医务人员参考，不替代专业判断。", "For health professionals; supports and never replaces their judgement."
    ),
    "patients": Text("位患者", "patients"),
    "how_many": Text("患者数", "patients"),
    "list": Text("{name}（清单）", "{name} (the list)"),
    "critical": Text("位有“紧急”建议现在适用", "have a critical recommendation in force"),
    "due": Text("位有诊疗缺口应处理", "have a care gap that is due"),
    "waiting": Text("位有诊疗缺口待补资料", "have a care gap that waits for data"),
    "decide": Text("位有建议待判断：一个答案即可决定", "have advice that is one answer away"),
    "dot": Text(
        "“·”：人数少，不公布（见“本报告如何得出”）。",
        "“·”: too few patients to be published (see “How this report was made”).",
    ),
    "gaps": Text("诊疗缺口", "Care gaps"),
    "gaps_are": Text(
        "“应处理”：来源文献有一条紧急或注意级别的推荐、禁忌、慎用、监测或检查现在适用于该患者。"
        "“待资料”：缺少资料，尚不能判断是否适用。"
        "是否已经落实，资料中未必写明，请核对病历。同一建议的多条规则合并计数，每位患者计一次。",
        "“Due”: a critical or warning recommendation, contraindication, caution, monitoring or diagnostic step of "
        "the source documents applies to the patient now. “Waiting”: a fact is missing, so that nobody can tell yet. "
        "Whether it was done already is not always in the data: check the record. Rules that ask for the same count a "
        "patient once.",
    ),
    "is_due": Text("应处理", "due"),
    "is_waiting": Text("待资料", "waiting"),
    "urgent": Text("紧急", "critical"),
    "warning": Text("注意", "warning"),
    "quote": Text("出处", "source"),
    "more_gaps": Text(
        "另有 {count} 项注意级别的缺口涉及更少患者，见文末全部规则。",
        "{count} more at warning level concern fewer patients: see all rules at the end.",
    ),
    "no_gaps": Text("没有可公布的诊疗缺口。", "There is no care gap that can be published."),
    "monitoring": Text("按本院规定过期的监测", "Monitoring overdue by local policy"),
    "monitoring_is": Text(
        "来源文献要求监测但未给出间隔；间隔为本院设置（本院规定，非来源）。“已过期”：按上次日期已过到期日。"
        "“不能断定”：资料中没有上次的日期，或历次结果可能不全。其余患者未过期。",
        "The documents ask for this monitoring and give no interval; the interval is a setting of this site (local "
        "policy, not the source). “Overdue”: the day it was due by the last date on record is past. “Cannot be told”: "
        "no date is on record, or earlier results may be missing. The other patients are not overdue.",
    ),
    "checked_again": Text("监测项目", "what is checked again"),
    "fact": Text("资料", "fact"),
    "setting": Text("设置", "setting"),
    "asked": Text("现要求监测", "asked for"),
    "overdue": Text("已过期", "overdue"),
    "untold": Text("不能断定", "cannot be told"),
    "every_mo": Text("本院规定：每 {number} 个月", "local policy: every {number} months"),
    "every_d": Text("本院规定：每 {number} 天", "local policy: every {number} days"),
    "missing": Text("最常缺少的资料", "Missing data"),
    "missing_is": Text(
        "缺少该项资料、因而至少一个上述诊疗缺口不能判断的患者数。越靠前的项目涉及的患者越多。",
        "For how many patients a missing fact keeps at least one of these care gaps undecided. The facts that stand "
        "first hold back most patients.",
    ),
    "no_missing": Text("没有可公布的缺失资料。", "No missing data that can be published."),
    "more_facts": Text("另有 {count} 项涉及更少患者。", "{count} more concern fewer patients."),
    "for_site": Text("本院尚未设定的界值", "Settings that the site has not made"),
    "new": Text("新版本会改变什么", "What the new version would change"),
    "new_is": Text(
        "现用：知识 {old}；新版：知识 {new}。{untouched} 条规则经证明对任何患者都不变；其余 {counted} 条逐一计数。"
        "至少一条规则的结论会变的患者：{changed}。",
        "In force: knowledge {old}; new: knowledge {new}. Rules that are proved to be unchanged for every patient: "
        "{untouched}; the others were counted: {counted}. Patients for whom some rule would say something else: "
        "{changed}.",
    ),
    "same": Text("没有患者的结论会改变。", "No patient would be answered otherwise."),
    "gets": Text("新获建议", "newly get it"),
    "loses": Text("不再建议", "lose it"),
    "waits": Text("转为待资料", "newly wait"),
    "waits_for_others": Text("待其他资料", "wait for other data"),
    "no_longer_waits": Text("不再待资料", "wait no more"),
    "more_rules": Text("另有 {count} 条规则对更少患者改变结论。", "{count} more rules change for fewer patients."),
    "new_settings": Text("设置改变", "settings that change"),
    "rule": Text("规则", "rule"),
    "is_new": Text("新增", "new"),
    "is_gone": Text("删除", "gone"),
    "all": Text("全部规则", "All rules"),
    "all_is": Text(
        "适用：规则的条件成立（其中现行：没有因更优先的建议而让位）；待定：缺资料；其余为不适用。",
        "Fires: the rule's condition holds (in force: nothing of higher precedence made it step back); undetermined: a "
        "fact is missing; the rest: does not apply.",
    ),
    "fires": Text("适用", "fires"),
    "active": Text("现行", "in force"),
    "undetermined": Text("待定", "undetermined"),
    "share": Text("占患者", "share of patients"),
    "about": Text("本报告如何得出", "How this report was made"),
    "checked": Text(
        "{checked} 位患者另经完整引擎逐一评估，结论与本报告所用的列式计算无一不同。",
        "{checked} patients were put through the full engine as well; it said what the columns of this report say.",
    ),
    "decided": Text(
        "凡有可能待判断的规则尚不能判断的患者，均由完整引擎逐一评估，得出一个答案即可决定的建议；"
        "其余结论与本报告所用的列式计算无一不同。",
        "Everybody of whom a rule is undetermined that may be one answer away was put through the full engine, which "
        "tells what is; in all else it said what the columns of this report say.",
    ),
    "by_engine": Text("每位患者均由完整引擎逐一评估。", "Every patient was put through the full engine."),
    "repeated": Text(
        "{ids} 个编号出现多次，共 {rows} 行：每行各计一次（一位患者有两种原发肿瘤时即如此）。",
        "{ids} ids stand more than once, in {rows} rows: each row counts (a patient with two primaries has two).",
    ),
    "refused": Text(
        "{refused} 行未能作为患者读取，未计入；原因见报告旁的 {file}。",
        "{refused} rows could not be read as patients and are not counted; {file} beside this report says why.",
    ),
    "hidden": Text(
        "“·”：少于 {least} 位患者的数字不予公布；为免由相减得出，有时另一数字也不公布。"
        "本报告与其他报告之间的相减不在保护之列。",
        "“·”: a number below {least} patients is not published, and sometimes another one with it, so that it cannot "
        "be had by subtraction. Subtracting this report from another one is not guarded against.",
    ),
    "shown": Text(
        "小数字未隐去：本报告可能透露个别患者，勿公开。",
        "Small numbers are not hidden: this report may tell of single patients. Do not publish it.",
    ),
    "changed_settings": Text("与出厂不同的设置", "Settings that differ from the shipped ones"),
    "none": Text("无", "none"),
    "unset": Text("未设定", "unset"),
    "input": Text("患者文件", "file of patients"),
    "knowledge": Text("知识", "knowledge"),
    "policy": Text("设置", "policy"),
    "new knowledge": Text("新版知识", "new knowledge"),
    "new policy": Text("新版设置", "new policy"),
    "engine": Text("引擎", "engine"),
    "as of": Text("评估日期", "as of"),
    "output": Text("本文件（此摘要处以“-”代）", "this file (with “-” for this digest)"),
}
