"""What of a patient was refused, in the words of the page: Chinese beside the English of the problem."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REASONS = {
    "wrong type": "格式不对",
    "out of range": "超出范围",
    "implausible in the unit given; is the unit right?": "以所选单位看不合理，请核对单位",
    "this looks like a fraction": "像是分数：请填百分数，0.62应写作62",
    "implausible": "数值不合理，请核对",
    "this id stands twice": "编号重复",
    "not a code of this field": "不是本项的可选值",
    "not a date": "不是日期",
    "wrong length": "长度不对",
    "missing": "缺少",
    "control characters": "含有控制字符",
    "blank text": "只有空白",
    "a value without its unit": "有数值而无单位",
    "a unit that is not accepted here": "单位不适用于此项",
    "above the upper limit": "下限高于上限",
    "no lesion has this id": "没有此编号的病灶",
    "a drug given as other has no name": "“其他”药物未写名称",
    "unknown key": "没有这一项",
}
_EXPECTED = (
    (r"a number \(no quotes\)|a finite number", "数字"),
    (r"a whole number.*", "整数"),
    (r"true or false", "是或否"),
    (r"between (\S+) and (\S+ \S+) after conversion; units accepted: (.+)", r"换算后在 \1 至 \2 之间；可用单位：\3"),
    (r"ids unique within the list", "同一列表内编号各不相同"),
    (r"the id of a lesion", "某一病灶的编号"),
    (r"a calendar date as YYYY-MM-DD", "日期，如 2026-01-31"),
    (r"reference_low ≤ reference_high", "下限不高于上限"),
    (r"at most (\d+) (?:characters|items)", r"至多 \1 个"),
    (r"at least (\d+) (?:characters|items)", r"至少 \1 个"),
    (r"letters, digits and . _ : - only", "只用字母、数字和 . _ : -"),
    (r"its name in 'name'", "在“名称”一项写明"),
    (r"its unit: (.+)", r"单位：\1"),
    (r"one of (.+)", r"其中之一：\1"),
    (r"nearest: (.+)", r"相近的有：\1"),
    (r"(.+)", r"\1"),
)


def refusal_words(error: Mapping[str, str]) -> dict[str, str]:
    """Return one error of a problem in Chinese and English; a reason without Chinese words keeps its English."""
    reason, expected = error["reason"], error["expected"]
    told = _REASONS.get(reason.partition("; did you mean")[0], reason)
    wanted = next(re.sub(pattern, words, expected) for pattern, words in _EXPECTED if re.fullmatch(pattern, expected))
    return {"zh": f"{told}；应为：{wanted}", "en": f"{reason}; expected: {expected}"}
