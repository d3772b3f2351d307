"""The step vocabulary: every sentence a scenario may use, in Chinese and English, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from oncocds.text import Language

StepKind = Literal["given", "when", "then"]
TableKind = Literal[
    "patient",
    "policy",
    "labs",
    "medications",
    "lesions",
    "radiotherapy",
    "toxicities",
    "history",
    "surgeries",
    "symptoms",
    "rules",
]

_Q = r"[\"“「]"
_E = r"[\"”」]"
_WHAT = rf"{_Q}(?P<what>[^\"“”「」]+){_E}"
_RULE = rf"{_Q}(?P<rule>[^\"“”「」]+){_E}"
_REASON = rf"{_Q}(?P<reason>[^\"“”「」]+){_E}"
_OF_LESION = rf"(?:(?:病灶|of lesion)\s*{_Q}(?P<lesion>[^\"“”「」]+){_E}\s*的?\s*)?"
_STOPS = " 。．."
_MONITORED = rf"{_Q}(?P<monitored>[^\"“”「」]+){_E}"
_DUE_ON = rf"(?:应)?于\s*{_Q}(?P<due>[^\"“”「」]+){_E}\s*到期|is due on\s*{_Q}(?P<due_en>[^\"“”「」]+){_E}"
_COUNT = r"(?P<count>\d+|[^\s\d条紧急no]{1,9})"
_FACT = rf"{_Q}(?P<fact>[^\"“”「」]+){_E}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence: when it may be said, what it looks like in both languages, and the table it takes, if any."""

    id: str
    kind: StepKind
    zh: str
    en: str
    pattern: str
    table: TableKind | None = None

    def matches(self, text: str) -> bool:
        """Tell whether a step's words are this sentence; case and a full stop at its end do not count."""
        return self._match(text) is not None

    def in_(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh" else self.en

    def words(self, text: str) -> dict[str, str]:
        """Return what a step puts in place of each ``…`` of the sentence; empty where it is another sentence."""
        matched = self._match(text)
        found = matched.groupdict() if matched else {}
        return {name: word for name, word in found.items() if word is not None}

    def _match(self, text: str) -> re.Match[str] | None:
        return re.fullmatch(self.pattern, text.rstrip(_STOPS), re.IGNORECASE)


def _whole(*names: str) -> str:
    """Return the pattern of a table's heading: any of its names, with the words that people put around them."""
    return (
        rf"(?:(?:以下|下列|目前|当前|现|the|these|a|this|my|following|current|known)\s*)*(?:{'|'.join(names)})"
        r"(?:\s*(?:如下|情况|are|is|has|include))?\s*:?"
    )


def _of_list(table: TableKind, zh: str, en: str, also: str) -> tuple[Phrase, ...]:
    """Return what may be said of a list: its items, that there are none, and that there may be further ones.

    ``also`` holds other names of the whole list, as alternatives of a pattern.
    """
    any_ = f"(?:{zh}|{en}|{also})"
    the = "(?:(?:the|following|current|known) )*"
    return (
        Phrase(table, "given", f"{zh}:", f"the {en}:", _whole(any_), table),
        Phrase(
            f"open_{table}",
            "given",
            f"{zh}（可能不全）:",
            f"the {en} (may be incomplete):",
            rf"{the}{any_}\s*(?:[（(]可能不全[）)]|\(may be incomplete\)):?",
            table,
        ),
        Phrase(
            f"no_{table}",
            "given",
            f"没有{zh}",
            f"no {en}",
            rf"(?:(?:没有|无|未|no |without |there (?:is|are) no ){any_}"
            rf"|{the}{any_}\s*[:：]\s*(?:无|没有|none|no))",
        ),
        Phrase(
            f"incomplete_{table}",
            "given",
            f"{zh}可能不全",
            f"the {en} may be incomplete",
            rf"{the}{any_}\s*(?:可能不全|may be incomplete)",
        ),
    )


_CONTAINS = r"(?:中|里)?(?:应|应当|应该|要)?(?:包含|包括|有|提到)"
_EN_CONTAINS = r"(?:should |must )?(?:contain|include|mention)s?"
_URGENT = r"紧急(?:提示|建议|警报)"
_EN_URGENT = r"(?:the )?(?:emergencies|(?:urgent|critical) advice|alerts)"
_RULES = r"(?:规则|(?:the )?rule)"
_FIRES = r"(?:应|应当|应该)?(?:成立|触发)|fires|should fire|applies|triggers"
_SILENT = r"(?:不|不应|不应当|不应该)(?:成立|触发)|is silent|does not (?:fire|apply)|should not fire"
_OPEN = r"(?:应)?未定|不能判定|无法判定|is undetermined|stays open"

_ALL = (
    Phrase(
        "patient",
        "given",
        "患者:",
        "the patient:",
        _whole(r"(?:一|这|该)?(?:位|名|例)?(?:患者|病人)(?:资料|信息)?", "patient(?:'s data)?"),
        "patient",
    ),
    Phrase("policy", "given", "本院设置:", "the local policy:", r"(?:本院设置|(?:the |our )?local policy):?", "policy"),
    Phrase("shipped", "given", "采用出厂设置", "the shipped policy", r"(?:采用出厂设置|the shipped policy)"),
    Phrase(
        "labs",
        "given",
        "化验:",
        "the labs:",
        _whole(
            r"(?:化验|检验|实验室|抽血)(?:检查)?(?:结果)?",
            r"labs?(?: results| values)?",
            "laboratory(?: results)?",
            r"bloods?(?: tests?| results)?",
        ),
        "labs",
    ),
    Phrase(
        "symptoms",
        "given",
        "症状:",
        "the symptoms:",
        _whole("症状(?:体征|和体征|与体征|及体征)?", "体征", "symptoms(?: and signs)?", "signs(?: and symptoms)?"),
        "symptoms",
    ),
    Phrase(
        "surgeries",
        "given",
        "手术:",
        "the surgeries:",
        _whole("手术(?:史)?", "surger(?:ies|y)", "operations?"),
        "surgeries",
    ),
    Phrase(
        "no_surgeries",
        "given",
        "没有手术",
        "no surgeries",
        r"(?:(?:没有|无|未)(?:做过?)?手术(?:史)?|手术(?:史)?\s*[:：]\s*(?:无|没有)"
        r"|no (?:surger(?:ies|y)|operations?)|(?:the )?(?:surger(?:ies|y)|operations)\s*:\s*(?:none|no))",
    ),
    *_of_list("medications", "用药", "medications", "药物|药物治疗|drugs?|medication|meds"),
    *_of_list("lesions", "病灶", "lesions", "转移灶|metastases|mets"),
    *_of_list("radiotherapy", "放疗", "radiotherapy", "放射治疗|放疗史|radiation|radiation therapy|RT|XRT"),
    *_of_list("toxicities", "毒副反应", "toxicities", "不良反应|毒性|adverse events|side effects"),
    *_of_list("history", "历次结果", "earlier results", "既往结果|历史结果|results over time|previous results"),
    Phrase(
        "as_of",
        "given",
        '评估日期是"…"',
        'the date of evaluation is "…"',
        rf"(?:评估日期[是为]|今天是|the date of evaluation is|today is)\s*{_Q}(?P<date>[^\"“”]+){_E}",
    ),
    Phrase(
        "evaluate",
        "when",
        "评估",
        "evaluated",
        r"(?:(?:我|进行|开始|引擎)?评估(?:一下)?(?:这|该)?(?:位|名)?(?:患者|病人)?"
        r"|(?:the patient is |(?:s?he|it) is )?evaluated"
        r"|(?:(?:I|we|the engine) )?evaluates?(?: the patient| her| him)?)",
    ),
    Phrase(
        "contains",
        "then",
        '建议包含"…"',
        'the advice contains "…"',
        rf"(?:建议{_CONTAINS}|(?:the )?advice {_EN_CONTAINS}|there (?:is|should be) advice (?:about|on|to))\s*{_WHAT}",
    ),
    Phrase(
        "lacks",
        "then",
        '建议不包含"…"',
        'the advice does not contain "…"',
        rf"(?:建议(?:中|里)?(?:不|不应|不应当|不应该|没有|不要)(?:包含|包括|提到)|建议(?:中|里)没有"
        rf"|(?:the )?advice (?:does|should|must) not (?:contain|include|mention)"
        rf"|there is no advice (?:about|on|to))\s*{_WHAT}",
    ),
    Phrase(
        "disagrees",
        "then",
        '"…"不应出现，因为"…"',
        '"…" should not be said, because "…"',
        rf"{_OF_LESION}{_WHAT}\s*(?:不应出现\s*[，,]\s*因为|should not be said\s*,?\s*because)\s*{_REASON}",
    ),
    Phrase(
        "misses",
        "then",
        '"…"应当出现，因为"…"',
        '"…" should be said, because "…"',
        rf"{_OF_LESION}{_WHAT}\s*(?:应当出现\s*[，,]\s*因为|should be said\s*,?\s*because)\s*{_REASON}",
    ),
    Phrase("fires", "then", '规则"…"成立', 'rule "…" fires', rf"{_RULES}\s*{_RULE}\s*(?:{_FIRES})"),
    Phrase("silent", "then", '规则"…"不成立', 'rule "…" is silent', rf"{_RULES}\s*{_RULE}\s*(?:{_SILENT})"),
    Phrase("undetermined", "then", '规则"…"未定', 'rule "…" is undetermined', rf"{_RULES}\s*{_RULE}\s*(?:{_OPEN})"),
    Phrase("all_fire", "then", "下列规则成立:", "these rules fire:", r"(?:下列规则成立|these rules fire):?", "rules"),
    Phrase(
        "all_silent",
        "then",
        "下列规则不成立:",
        "these rules are silent:",
        r"(?:下列规则不成立|these rules are silent):?",
        "rules",
    ),
    Phrase(
        "all_undetermined",
        "then",
        "下列规则未定:",
        "these rules are undetermined:",
        r"(?:下列规则未定|these rules are undetermined):?",
        "rules",
    ),
    Phrase(
        "undetermined_for",
        "then",
        '规则"…"未定,因缺"…"',
        'rule "…" is undetermined and asks for "…"',
        rf"{_RULES}\s*{_RULE}\s*(?:未定\s*[,，]\s*(?:因缺|还缺)|is undetermined and asks for)\s*{_FACT}",
    ),
    Phrase(
        "rule_asks",
        "then",
        '规则"…"要求补充"…"',
        'rule "…" asks for "…"',
        rf"{_RULES}\s*{_RULE}\s*(?:要求补充|询问|asks (?:for|about))\s*{_FACT}",
    ),
    Phrase(
        "asks",
        "then",
        '需要补充"…"',
        'it asks for "…"',
        rf"(?:(?:应|应该|会)?(?:需要补充|要求补充|询问|追问)|还缺"
        rf"|(?:it )?(?:asks|should ask) (?:for|about)|(?:it )?needs)\s*{_FACT}",
    ),
    Phrase(
        "passage",
        "then",
        '"…"的出处是"…"',
        'the passage of "…" is "…"',
        rf"(?:the passage of\s*|(?=.*的出处是)){_RULE}\s*(?:的出处是|is)\s*{_Q}(?P<quote>.+){_E}",
    ),
    Phrase(
        "urgency",
        "then",
        '"…"的紧急程度是"…"',
        'the urgency of "…" is "…"',
        rf"(?:the urgency of\s*(?=.*is)|(?=.*紧急程度)){_WHAT}\s*(?:的紧急程度是|is)\s*{_Q}(?P<urgency>[^\"“”]+){_E}",
    ),
    Phrase(
        "demoted",
        "then",
        '规则"…"被降级',
        'rule "…" is demoted',
        rf"{_RULES}\s*{_RULE}\s*(?:被降级|让位|is demoted|steps back)",
    ),
    Phrase(
        "contains_critical",
        "then",
        '紧急提示包含"…"',
        'the emergencies contain "…"',
        rf"(?:{_URGENT}{_CONTAINS}|{_EN_URGENT} {_EN_CONTAINS}"
        rf"|there (?:is|should be) (?:an emergency|an alert|urgent advice) (?:about|on))\s*{_WHAT}",
    ),
    Phrase(
        "lacks_critical",
        "then",
        '紧急提示不包含"…"',
        'the emergencies do not contain "…"',
        rf"(?:{_URGENT}(?:中|里)?(?:不|不应|没有)(?:包含|包括|提到)|{_URGENT}(?:中|里)没有"
        rf"|{_EN_URGENT} (?:do|does|should|must) not (?:contain|include|mention)"
        rf"|there is no (?:emergency|alert|urgent advice) (?:about|on))\s*{_WHAT}",
    ),
    Phrase(
        "first",
        "then",
        '第一条是"…"',
        'the first line is "…"',
        rf"(?:第一条(?:建议|提示)?(?:应|应该)?是|the first (?:line|item|advice|one) (?:is|should be))\s*{_WHAT}",
    ),
    Phrase(
        "decides",
        "then",
        '待判断包含"…"',
        'the decisions contain "…"',
        rf"(?:待(?:您|医生|医师)?判断{_CONTAINS}"
        rf"|(?:the )?decisions (?:contain|include)|it waits for a decision on)\s*{_WHAT}",
    ),
    Phrase(
        "no_critical",
        "then",
        "没有紧急建议",
        "there is no emergency",
        r"(?:(?:没有|无)紧急(?:提示|建议|警报|情况)"
        r"|(?:there (?:is|are) )?no (?:emergenc(?:y|ies)|(?:urgent|critical) advice|alerts?))",
    ),
    Phrase(
        "count",
        "then",
        "有…条建议",
        "there are … items of advice",
        rf"(?:有\s*|there (?:is|are) ){_COUNT}(?:\s*条建议| items? of advice)",
    ),
    Phrase(
        "count_critical",
        "then",
        "有…条紧急建议",
        "there are … emergencies",
        rf"(?:有\s*|there (?:is|are) ){_COUNT}(?:\s*条紧急(?:建议|提示)| emergenc(?:y|ies))",
    ),
    Phrase(
        "remark",
        "then",
        '提示包含"…"',
        'the remarks contain "…"',
        rf"(?:提示{_CONTAINS}|(?:the )?(?:remarks|notes) (?:contain|include))\s*{_WHAT}",
    ),
    Phrase("due", "then", '"…"于"…"到期', '"…" is due on "…"', rf"{_MONITORED}\s*(?:{_DUE_ON})"),
    Phrase("overdue", "then", '"…"已过期', '"…" is overdue', rf"{_MONITORED}\s*(?:已(?:经)?过期|is overdue)"),
    Phrase(
        "not_overdue", "then", '"…"未过期', '"…" is not overdue', rf"{_MONITORED}\s*(?:(?:尚)?未过期|is not overdue)"
    ),
    Phrase(
        "conflict", "then", '分歧包含"…"', 'the conflicts contain "…"', rf"(?:分歧包含|the conflicts contain)\s*{_WHAT}"
    ),
    Phrase(
        "all_quiet",
        "then",
        "所有规则都不成立",
        "every rule is silent",
        r"(?:所有规则都不成立|every rule is silent)",
    ),
    Phrase(
        "contradiction",
        "then",
        "资料相互矛盾",
        "the data contradict each other",
        r"(?:资料相互矛盾|the data contradict each other)",
    ),
)
PHRASES = {phrase.id: phrase for phrase in _ALL}


def find_phrase(kind: StepKind, text: str) -> Phrase | None:
    """Return the sentence that a step says, or None where there is none of this kind."""
    return next((phrase for phrase in _ALL if phrase.kind == kind and phrase.matches(text)), None)
