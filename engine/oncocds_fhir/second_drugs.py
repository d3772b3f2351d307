"""What stands beside the one known drug of a text and may be another that nobody knows: 地舒单抗、某新药.

Behind the mark of a list whatever is not known may be a drug; behind other marks, and blanks, what is called like one.
"""

from __future__ import annotations

import re

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.printed_names import PrintedNames, printed_names

_APART = re.compile(r"\s*([、,;+&])\s*|(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
# When it was given last: whether it still is, is read apart from which drug it is.
_WHEN_LAST = re.compile(
    r"[,，;；]?\s*(?:末次|最近一次|上次|最后一次|last)\s?(?:用药|给药|注射|使用|输注|dose|given)?(?:时间|日期)?(?:为|于|on)?\s*[:：]?\s*"
    r"(?:[0-9]{1,2}\s*[-/.]\s*)?(?:19|20)[0-9]{2}\s*[-/.年]\s*[0-9]{1,2}(?:\s*[-/.月]\s*[0-9]{1,2}\s*日?|\s*月)?",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[、,;+&]")
_LISTED = frozenset("、+&")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# How substances are called: the stems of the WHO's international nonproprietary names, and their Chinese ones.
_LIKE_A_DRUG = re.compile(
    r"(?:[^\x00-\x7f](?:单抗|替尼|膦酸|膦酸钠|西利|帕利|铂|他赛|紫杉醇|柔比星|表阿霉素|替康|瑞林|瑞克|昔芬|沙坦|地平|普利|他汀|洛尔|沙星|西林|霉素|司群|维群)"
    r"|新药|试验药|研究药|研究用药|试验药物|研究药物|[^\x00-\x7f](?:片|胶囊|注射液|颗粒|口服液|滴丸))$"
    r"|(?:^|\s)[a-z-]{2,}(?:mab|tinib|ciclib|parib|lisib|platin|taxel|rubicin|citabine|tecan|dronate|relin|relix|ifene|trozole"
    r"|strant|sartan|dipine|statin|olol|cillin|floxacin|mycin|xaban|gliptin|gliflozin)(?:\s|$)"
)
_MADE_BY = re.compile(r"(?:制药|药业|医药|药厂|生物|公司|集团|科技|国产|进口|厂|牌)$")


def drug_in(text: str, names: PrintedNames) -> str | None:
    """Return the one known drug of a text; also where another part of it, beside a mark, is one that nobody knows."""
    text = _WHEN_LAST.sub(" ", text)
    read = names.read(text)
    if read.drugs:
        return read.one
    parts = [part for part in map(str.strip, _MARKS.split(names.clean(text))) if part]
    known = {found.one for part in parts if (found := names.read(part)).drugs and found.whole}
    others = [part for part in parts if not names.read(part).drugs]
    if len(known) != 1 or len(others) == len(parts) or any(names.unknown_in(part) is None for part in others):
        return None
    return known.pop()


def second_drug(text: str, vocabulary: Vocabulary, codes: CodeTables) -> str | None:
    """Return what beside the one known drug of a text may be another; None where there is none, or no one drug."""
    names = printed_names(vocabulary)
    if drug_in(text, names) is None:
        return None
    clean, listed = _BRACKETS.sub(" ", names.clean(text)), False
    for at, part in enumerate(_APART.split(clean)):
        if at % 2:
            listed = part is not None and part in _LISTED
            continue
        part = (part or "").strip()
        if not part or names.read(part).drugs or _MADE_BY.search(part):
            continue
        if codes.drugs.by_name(part) is not None or _LIKE_A_DRUG.search(part):
            return part
        if listed and names.unknown_in(part) is not None:
            return part
    return None
