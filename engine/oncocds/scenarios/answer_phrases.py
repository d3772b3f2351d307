"""What scenarios say of the answer, in Chinese and English, as data."""

from __future__ import annotations

from oncocds.scenarios.phrase import CLOSES, OPENS, Phrase, TableKind, quoted

_WHAT, _RULE, _FACT = quoted("what"), quoted("rule"), quoted("fact")
_REASON, _MONITORED = quoted("reason"), quoted("monitored")
_OF_LESION = rf"(?:(?:病灶|of lesion)\s*{quoted('lesion')}\s*的?\s*)?"
_DUE_ON = rf"(?:应)?于\s*{quoted('due')}\s*到期|is due on\s*{quoted('due_en')}"
_COUNT = r"(?P<count>\d+|[^\s\d条紧急no]{1,9})"
_CONTAINS = r"(?:中|里)?(?:应|应当|应该|要)?(?:包含|包括|有|提到)"
_EN_CONTAINS = r"(?:should |must )?(?:contain|include|mention)s?"
_SAID = r"(?:(?:应|应当|应该|会)出现|should be said)"
_NOT_SAID = r"(?:(?:不应|不应当|不应该|不会)出现|should not be said)"
_URGENT = r"紧急(?:提示|建议|警报)"
_EN_URGENT = r"(?:the )?(?:emergencies|(?:urgent|critical) advice|alerts)"
_RULES = r"(?:规则|(?:the )?rule)"
_FIRES = r"(?:应|应当|应该)?(?:成立|触发)|fires|should fire|applies|triggers"
_SILENT = r"(?:不|不应|不应当|不应该)(?:成立|触发)|is silent|does not (?:fire|apply)|should not fire"
_OPEN = r"(?:应)?未定|不能判定|无法判定|is undetermined|stays open"


def _as_said(name: str, zh: str, en: str, table: TableKind | None = None) -> Phrase:
    """Return a sentence that is said in no other words."""
    colon = ":" if table else ""
    return _then(name, f"{zh}{colon}", f"{en}{colon}", f"(?:{zh}|{en}){colon}{'?' * len(colon)}", table)


def _then(name: str, zh: str, en: str, pattern: str, table: TableKind | None = None) -> Phrase:
    return Phrase(name, "then", zh, en, pattern, table)


OF_ANSWERS = (
    _then(
        "contains",
        '建议包含"…"',
        'the advice contains "…"',
        rf"(?:(?:建议{_CONTAINS}|(?:the )?advice {_EN_CONTAINS}|there (?:is|should be) advice (?:about|on|to)"
        rf"|(?:建议)?{_SAID})\s*(?!.*{_SAID}$)|(?=.*{_SAID}$)){_WHAT}\s*{_SAID}?",
    ),
    _then(
        "lacks",
        '建议不包含"…"',
        'the advice does not contain "…"',
        rf"(?:(?:建议(?:中|里)?(?:不|不应|不应当|不应该|没有|不要)(?:包含|包括|提到)|建议(?:中|里)没有"
        rf"|(?:the )?advice (?:does|should|must) not (?:contain|include|mention)"
        rf"|there is no advice (?:about|on|to)|(?:建议)?{_NOT_SAID})\s*(?!.*{_NOT_SAID}$)"
        rf"|(?=.*{_NOT_SAID}$)){_WHAT}\s*{_NOT_SAID}?",
    ),
    _then(
        "disagrees",
        '"…"不应出现，因为"…"',
        '"…" should not be said, because "…"',
        rf"{_OF_LESION}{_WHAT}\s*(?:不应出现\s*[，,]\s*因为|should not be said\s*,?\s*because)\s*{_REASON}",
    ),
    _then(
        "misses",
        '"…"应当出现，因为"…"',
        '"…" should be said, because "…"',
        rf"{_OF_LESION}{_WHAT}\s*(?:应当出现\s*[，,]\s*因为|should be said\s*,?\s*because)\s*{_REASON}",
    ),
    _then("fires", '规则"…"成立', 'rule "…" fires', rf"{_RULES}\s*{_RULE}\s*(?:{_FIRES})"),
    _then("silent", '规则"…"不成立', 'rule "…" is silent', rf"{_RULES}\s*{_RULE}\s*(?:{_SILENT})"),
    _then("undetermined", '规则"…"未定', 'rule "…" is undetermined', rf"{_RULES}\s*{_RULE}\s*(?:{_OPEN})"),
    _as_said("all_fire", "下列规则成立", "these rules fire", "rules"),
    _as_said("all_silent", "下列规则不成立", "these rules are silent", "rules"),
    _as_said("all_undetermined", "下列规则未定", "these rules are undetermined", "rules"),
    _then(
        "undetermined_for",
        '规则"…"未定,因缺"…"',
        'rule "…" is undetermined and asks for "…"',
        rf"{_RULES}\s*{_RULE}\s*(?:未定\s*[,，]\s*(?:因缺|还缺)|is undetermined and asks for)\s*{_FACT}",
    ),
    _then(
        "rule_asks",
        '规则"…"要求补充"…"',
        'rule "…" asks for "…"',
        rf"{_RULES}\s*{_RULE}\s*(?:要求补充|询问|asks (?:for|about))\s*{_FACT}",
    ),
    _then(
        "asks",
        '需要补充"…"',
        'it asks for "…"',
        rf"(?:(?:应|应该|会)?(?:需要补充|要求补充|询问|追问)|还缺"
        rf"|(?:it )?(?:asks|should ask) (?:for|about)|(?:it )?needs)\s*{_FACT}",
    ),
    _then(
        "passage",
        '"…"的出处是"…"',
        'the passage of "…" is "…"',
        rf"(?:the passage of\s*|(?=.*的出处是)){_RULE}\s*(?:的出处是|is)\s*{OPENS}(?P<quote>.+){CLOSES}",
    ),
    _then(
        "urgency",
        '"…"的紧急程度是"…"',
        'the urgency of "…" is "…"',
        rf"(?:the urgency of\s*(?=.*is)|(?=.*紧急程度)){_WHAT}"
        rf"\s*(?:的紧急程度是|is)\s*{OPENS}(?P<urgency>[^\"“”]+){CLOSES}",
    ),
    _then(
        "demoted",
        '规则"…"被降级',
        'rule "…" is demoted',
        rf"{_RULES}\s*{_RULE}\s*(?:被降级|让位|is demoted|steps back)",
    ),
    _then(
        "contains_critical",
        '紧急提示包含"…"',
        'the emergencies contain "…"',
        rf"(?:{_URGENT}{_CONTAINS}|{_EN_URGENT} {_EN_CONTAINS}"
        rf"|there (?:is|should be) (?:an emergency|an alert|urgent advice) (?:about|on))\s*{_WHAT}",
    ),
    _then(
        "lacks_critical",
        '紧急提示不包含"…"',
        'the emergencies do not contain "…"',
        rf"(?:{_URGENT}(?:中|里)?(?:不|不应|没有)(?:包含|包括|提到)|{_URGENT}(?:中|里)没有"
        rf"|{_EN_URGENT} (?:do|does|should|must) not (?:contain|include|mention)"
        rf"|there is no (?:emergency|alert|urgent advice) (?:about|on))\s*{_WHAT}",
    ),
    _then(
        "first",
        '第一条是"…"',
        'the first line is "…"',
        rf"(?:第一条(?:建议|提示)?(?:应|应该)?是|the first (?:line|item|advice|one) (?:is|should be))\s*{_WHAT}",
    ),
    _then(
        "decides",
        '待判断包含"…"',
        'the decisions contain "…"',
        rf"(?:待(?:您|医生|医师)?判断{_CONTAINS}"
        rf"|(?:the )?decisions (?:contain|include)|it waits for a decision on)\s*{_WHAT}",
    ),
    _then(
        "no_critical",
        "没有紧急建议",
        "there is no emergency",
        r"(?:(?:没有|无)紧急(?:提示|建议|警报|情况)"
        r"|(?:there (?:is|are) )?no (?:emergenc(?:y|ies)|(?:urgent|critical) advice|alerts?))",
    ),
    _then(
        "count",
        "有…条建议",
        "there are … items of advice",
        rf"(?:有\s*|there (?:is|are) ){_COUNT}(?:\s*条建议| items? of advice)",
    ),
    _then(
        "count_critical",
        "有…条紧急建议",
        "there are … emergencies",
        rf"(?:有\s*|there (?:is|are) ){_COUNT}(?:\s*条紧急(?:建议|提示)| emergenc(?:y|ies))",
    ),
    _then(
        "remark",
        '提示包含"…"',
        'the remarks contain "…"',
        rf"(?:提示{_CONTAINS}|(?:the )?(?:remarks|notes) (?:contain|include))\s*{_WHAT}",
    ),
    _then("due", '"…"于"…"到期', '"…" is due on "…"', rf"{_MONITORED}\s*(?:{_DUE_ON})"),
    _then("overdue", '"…"已过期', '"…" is overdue', rf"{_MONITORED}\s*(?:已(?:经)?过期|is overdue)"),
    _then("not_overdue", '"…"未过期', '"…" is not overdue', rf"{_MONITORED}\s*(?:(?:尚)?未过期|is not overdue)"),
    _then("conflict", '分歧包含"…"', 'the conflicts contain "…"', rf"(?:分歧包含|the conflicts contain)\s*{_WHAT}"),
    _as_said("all_quiet", "所有规则都不成立", "every rule is silent"),
    _as_said("contradiction", "资料相互矛盾", "the data contradict each other"),
)
