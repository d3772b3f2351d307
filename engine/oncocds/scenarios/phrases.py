"""The step vocabulary: every sentence a scenario may use, in Chinese and English, as data."""

from __future__ import annotations

from oncocds.scenarios.answer_phrases import OF_ANSWERS
from oncocds.scenarios.phrase import CLOSES, OPENS, Phrase, StepKind, TableKind

_THE = "(?:(?:the|following|current|known) )*"
_SURGERIES = "(?:手术(?:史)?|surger(?:ies|y)|operations?)"


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
    return (
        Phrase(table, "given", f"{zh}:", f"the {en}:", _whole(any_), table),
        Phrase(
            f"open_{table}",
            "given",
            f"{zh}（可能不全）:",
            f"the {en} (may be incomplete):",
            rf"{_THE}{any_}\s*(?:[（(]可能不全[）)]|\(may be incomplete\)):?",
            table,
        ),
        Phrase(
            f"no_{table}",
            "given",
            f"没有{zh}",
            f"no {en}",
            rf"(?:(?:没有|无|未|no |without |there (?:is|are) no ){any_}"
            rf"|{_THE}{any_}\s*[:：]\s*(?:无|没有|none|no))",
        ),
        Phrase(
            f"incomplete_{table}",
            "given",
            f"{zh}可能不全",
            f"the {en} may be incomplete",
            rf"{_THE}{any_}\s*(?:可能不全|may be incomplete)",
        ),
    )


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
    Phrase(
        "open_surgeries",
        "given",
        "手术（可能不全）:",
        "the surgeries (may be incomplete):",
        rf"{_THE}{_SURGERIES}\s*(?:[（(]可能不全[）)]|\(may be incomplete\)):?",
        "surgeries",
    ),
    Phrase(
        "incomplete_surgeries",
        "given",
        "手术可能不全",
        "the surgeries may be incomplete",
        rf"{_THE}{_SURGERIES}\s*(?:可能不全|may be incomplete)",
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
        rf"(?:评估日期[是为]|今天是|the date of evaluation is|today is)\s*{OPENS}(?P<date>[^\"“”]+){CLOSES}",
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
    *OF_ANSWERS,
)
PHRASES = {phrase.id: phrase for phrase in _ALL}


def find_phrase(kind: StepKind, text: str) -> Phrase | None:
    """Return the sentence that a step says, or None where there is none of this kind."""
    return next((phrase for phrase in _ALL if phrase.kind == kind and phrase.matches(text)), None)
