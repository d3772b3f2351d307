"""The cards' own words; what the documents say comes from the answer."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.text import Text

TOPICS: Mapping[str, Text] = {
    "emergency": Text("急症", "Emergency"),
    "contraindication": Text("禁忌", "Contraindication"),
    "stop-or-continue": Text("停药与续药", "Stopping and continuing"),
    "caution": Text("警示", "Caution"),
    "question": Text("补充资料", "Missing data"),
    "diagnostic": Text("检查", "Diagnostics"),
    "monitoring": Text("监测", "Monitoring"),
    "recommendation": Text("建议", "Recommendation"),
    "education": Text("知识", "Education"),
    "notice": Text("提示", "Notice"),
}
WHY_MISSING: Mapping[str, Text] = {
    "absent": Text("未提供", "not provided"),
    "null": Text("来源系统无此资料", "the EHR has none"),
    "error": Text("来源系统报告错误", "the EHR reported an error"),
    "not-allowed": Text("该服务器不在允许名单内", "the server is not on the allow-list"),
    "limit": Text("分页过多，未读完", "too many pages"),
    "timeout": Text("读取超时", "timed out"),
    "unreachable": Text("服务器无法连接", "the server cannot be reached"),
    "redirect": Text("服务器要求转到别处", "the server redirects elsewhere"),
    "refused": Text("服务器拒绝了读取", "the server refused"),
    "fewer": Text("条目少于来源系统所说的总数", "fewer entries than the EHR says there are"),
    "too-large": Text("内容过大", "too large"),
    "not-fhir": Text("内容不是所要的FHIR资源", "not the FHIR that was asked for"),
}
KEYS: Mapping[str, Text] = {
    "patient": Text("患者", "patient"),
    "conditions": Text("诊断", "conditions"),
    "medicationRequests": Text("用药医嘱", "medication orders"),
    "medicationStatements": Text("用药陈述", "medication statements"),
    "medicationAdministrations": Text("给药记录", "medication administrations"),
    "medicationDispenses": Text("发药记录", "medication dispenses"),
    "observations": Text("检验检查结果", "observations"),
    "procedures": Text("操作与手术", "procedures"),
    "serviceRequests": Text("申请与医嘱", "service requests"),
}
FACTS = Text("依据", "Because")
RECORDS = Text("记录", "Records")
WORDING = Text("措辞", "wording")
NOT_SAID = Text("来源未说明", "Not said by the source")
READING = Text("引擎的解读", "How the engine reads it")
REMARK = Text("说明", "Note")
STEPPED_BACK = Text("已让位", "Stepped back")
CONFLICT = Text("来源未定", "Left open by the sources")
PASSAGE = Text("原文", "Passage")
RULE = Text("规则", "Rule")
PROFESSIONALS_ONLY = Text("仅供医疗卫生专业人士", "for health professionals only")
QUIET_SUMMARY = Text("补充这些资料可判定更多：{facts}", "These data would decide more: {facts}")
QUIET_NOTES = Text("本次资料的说明", "Remarks on the data")
QUIET_UNCHECKED = Text("未识别的药物，未作核对：{drugs}", "Not recognised and not checked: {drugs}")
WITHOUT_SUMMARY = Text(
    "部分资料未能取得或未能采用，本次未核对：{what}", "Not checked against data that could not be had or used: {what}"
)
LEFT_OUT_SUMMARY = Text("未能采用的记录{count}条", "{count} records that could not be used")
LEFT_OUT = Text(
    "下列记录未能采用，本次未核对，请人工核对", "Records that could not be used and were not checked; please check them"
)
COULD_BE = Text("未能采用的用药记录一旦查明", "Once a medication record that could not be used is known")
MORE_LINES = Text("另{count}项：参考、常规与其余", "{count} more: good to know, routine and the rest")
ONLY_LINES = Text("{count}项：待答、参考、常规等", "{count} items: open questions, good to know, routine")
MORE = Text("……另有{count}条", "… and {count} more")
OPEN_LISTS = Text(
    "可能不全的列表（其中没有的，不当作没有）",
    "Lists that may be incomplete (what is not there does not count as absent)",
)
LISTS: Mapping[str, Text] = {
    "lesions": Text("病灶", "lesions"),
    "medications": Text("用药", "medications"),
    "radiotherapy": Text("放疗", "radiotherapy"),
    "surgeries": Text("手术", "surgeries"),
}
UNCHECKED = Text(
    "药物表中没有下列药物，不能判断它们是否与骨改良药物重复，请人工核对",
    "Not in the table of drugs, so whether these repeat a bone-modifying agent could not be judged; please check",
)
ASKS = Text("最能判定更多规则的缺失资料", "Missing data that would decide most")
DECIDES = Text("可判定{count}条规则", "would decide {count} rules")
NOT_HAD = Text("未能取得的资料", "Data that could not be had")
LATER_PAGES = Text("后续页", "later pages")
UNREAD = Text("未能采用的记录", "Records that could not be used")
CONTRADICTIONS = Text("相互矛盾的记录", "Records that contradict each other")
WITHDRAW = Text("撤销医嘱草稿：{order}", "Withdraw the draft order: {order}")
WITHDRAW_WHY = Text(
    "撤销后，“{title}”不再成立（已按撤销后的医嘱复算）。",
    "Without it, “{title}” no longer applies (evaluated again without the draft).",
)
SERVICE = Text("oncocds 肿瘤规则引擎", "oncocds oncology rules")
BETWEEN = Text("、", ", ")
COLON = Text("：", ": ")
FULL_STOP = Text("。", ". ")
CANNOT_CONCLUDE = Text(
    "缺少必需资料，不能给出建议：{data}（{why}）。这不等于没有建议。",
    "Required data could not be had: {data} ({why}). This is not an answer without advice.",
)
