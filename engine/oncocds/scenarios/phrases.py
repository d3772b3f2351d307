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
    "surgeries",
    "symptoms",
    "rules",
]

_Q = r"[\"“「]"
_E = r"[\"”」]"
_WHAT = rf"{_Q}(?P<what>[^\"“”「」]+){_E}"
_RULE = rf"{_Q}(?P<rule>[^\"“”「」]+){_E}"
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
        """Tell whether a step's words are this sentence."""
        return re.fullmatch(self.pattern, text) is not None

    def in_(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh" else self.en

    def words(self, text: str) -> dict[str, str]:
        """Return what a step puts in place of each ``…`` of the sentence; empty where it is another sentence."""
        matched = re.fullmatch(self.pattern, text)
        return matched.groupdict() if matched else {}


def _of_list(table: TableKind, zh: str, en: str) -> tuple[Phrase, ...]:
    """Return what may be said of a list: its items, that there are none, and that there may be further ones."""
    open_ = rf"(?:{zh}\s*[（(]可能不全[）)]|(?:the )?{en} \(may be incomplete\)):?"
    return (
        Phrase(table, "given", f"{zh}:", f"the {en}:", rf"(?:{zh}|(?:the )?{en}):?", table),
        Phrase(f"open_{table}", "given", f"{zh}（可能不全）:", f"the {en} (may be incomplete):", open_, table),
        Phrase(
            f"no_{table}",
            "given",
            f"没有{zh}",
            f"no {en}",
            rf"(?:(?:没有|无|未){zh}|{zh}\s*[:：]\s*(?:无|没有)|(?:the )?{en}\s*:\s*none|no {en})",
        ),
        Phrase(
            f"incomplete_{table}",
            "given",
            f"{zh}可能不全",
            f"the {en} may be incomplete",
            rf"(?:{zh}可能不全|the {en} may be incomplete)",
        ),
    )


_ALL = (
    Phrase("patient", "given", "患者:", "the patient:", r"(?:患者|病人|(?:the |a )?patient):?", "patient"),
    Phrase("policy", "given", "本院设置:", "the local policy:", r"(?:本院设置|the local policy):?", "policy"),
    Phrase("shipped", "given", "采用出厂设置", "the shipped policy", r"(?:采用出厂设置|the shipped policy)"),
    Phrase("labs", "given", "化验:", "the labs:", r"(?:化验(?:结果)?|检验(?:结果)?|(?:the )?labs):?", "labs"),
    Phrase("symptoms", "given", "症状:", "the symptoms:", r"(?:症状|体征|症状体征|(?:the )?symptoms):?", "symptoms"),
    Phrase("surgeries", "given", "手术:", "the surgeries:", r"(?:手术|手术史|(?:the )?surger(?:ies|y)):?", "surgeries"),
    Phrase(
        "no_surgeries",
        "given",
        "没有手术",
        "no surgeries",
        r"(?:(?:没有|无|未)手术(?:史)?|手术(?:史)?\s*[:：]\s*(?:无|没有)"
        r"|no surger(?:ies|y)|(?:the )?surgeries\s*:\s*none)",
    ),
    *_of_list("medications", "用药", "medications"),
    *_of_list("lesions", "病灶", "lesions"),
    *_of_list("radiotherapy", "放疗", "radiotherapy"),
    *_of_list("toxicities", "毒副反应", "toxicities"),
    Phrase(
        "as_of",
        "given",
        '评估日期是"…"',
        'the date of evaluation is "…"',
        rf"(?:评估日期是|the date of evaluation is)\s*{_Q}(?P<date>[^\"“”]+){_E}",
    ),
    Phrase("evaluate", "when", "评估", "evaluated", r"(?:评估|evaluated|(?:the patient is |it is )evaluated)"),
    Phrase(
        "contains",
        "then",
        '建议包含"…"',
        'the advice contains "…"',
        rf"(?:建议包含|(?:the )?advice (?:contains|includes))\s*{_WHAT}",
    ),
    Phrase(
        "lacks",
        "then",
        '建议不包含"…"',
        'the advice does not contain "…"',
        rf"(?:建议不包含|(?:the )?advice does not (?:contain|include))\s*{_WHAT}",
    ),
    Phrase("fires", "then", '规则"…"成立', 'rule "…" fires', rf"(?:规则|rule)\s*{_RULE}\s*(?:成立|fires)"),
    Phrase("silent", "then", '规则"…"不成立', 'rule "…" is silent', rf"(?:规则|rule)\s*{_RULE}\s*(?:不成立|is silent)"),
    Phrase(
        "undetermined",
        "then",
        '规则"…"未定',
        'rule "…" is undetermined',
        rf"(?:规则|rule)\s*{_RULE}\s*(?:未定|is undetermined)",
    ),
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
        rf"(?:规则|rule)\s*{_RULE}\s*(?:未定\s*[,，]\s*因缺|is undetermined and asks for)\s*{_FACT}",
    ),
    Phrase(
        "rule_asks",
        "then",
        '规则"…"要求补充"…"',
        'rule "…" asks for "…"',
        rf"(?:规则|rule)\s*{_RULE}\s*(?:要求补充|asks for)\s*{_FACT}",
    ),
    Phrase("asks", "then", '需要补充"…"', 'it asks for "…"', rf"(?:需要补充|询问|(?:it )?asks for)\s*{_FACT}"),
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
        rf"(?:规则|rule)\s*{_RULE}\s*(?:被降级|is demoted)",
    ),
    Phrase(
        "contains_critical",
        "then",
        '紧急提示包含"…"',
        'the emergencies contain "…"',
        rf"(?:紧急(?:提示|建议|警报)包含|(?:the )?(?:emergencies|urgent advice|alerts) (?:contain|include)s?"
        rf"|there is an emergency about)\s*{_WHAT}",
    ),
    Phrase("first", "then", '第一条是"…"', 'the first line is "…"', rf"(?:第一条是|the first line is)\s*{_WHAT}"),
    Phrase(
        "decides",
        "then",
        '待判断包含"…"',
        'the decisions contain "…"',
        rf"(?:待(?:您)?判断包含|the decisions contain)\s*{_WHAT}",
    ),
    Phrase(
        "no_critical",
        "then",
        "没有紧急建议",
        "there is no emergency",
        r"(?:(?:没有|无)紧急(?:提示|建议|警报)|there (?:is|are) no (?:emergenc(?:y|ies)|urgent advice))",
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
    Phrase("remark", "then", '提示包含"…"', 'the remarks contain "…"', rf"(?:提示包含|the remarks contain)\s*{_WHAT}"),
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
