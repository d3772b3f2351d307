"""What of a patient was refused, in the words of the page: Chinese beside the English of the problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

_REASONS = {
    "wrong type": "格式不对",
    "out of range": "超出范围",
    "implausible in the unit given; is the unit right?": "以所选单位看不合理，请核对单位",
    "this looks like a fraction": "像是分数：请填百分数，0.62应写作62",
    "implausible": "数值不合理，请核对",
    "this id stands twice": "编号重复",
    "not a series of results": "没有这一项结果",
    "two results of one day": "同一项目同一天有两个结果",
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
    "only the site's policy changes this safety setting": "此安全设置只能由本院的设置文件改动",
    "this key is not known": "没有这一项",
    "a class beside a drug that is not given as other": "已知药物不必写类别",
    "not an object": "不是对象（{…}）",
    "the text is no object": "不是可读的JSON对象",
    "the body is no object": "不是可读的JSON对象",
    "a FHIR resource": "这是FHIR资源，不是患者资料",
    "not a Bundle": "不是FHIR Bundle",
    "this key stands twice": "同一项写了两次",
    "not a finite number": "不是有限的数",
    "the number is too large": "数字太大",
    "the text is nested too deeply": "嵌套太深",
    "the text is too long": "文字太长",
    "the text begins with a byte order mark": "文字以字节顺序标记（BOM）开头",
    "the text holds a NUL character": "含有NUL字符",
    "the text holds a lone surrogate": "含有残缺的Unicode字符",
    "the text is not valid UTF-8": "文字不是有效的UTF-8",
    "the text is not JSON": "不是可读的JSON对象",
    "missing id": "缺少编号",
    "wrong id": "编号不可用",
    "unknown key beside id and patient": "id、patient 之外还有别的项",
    "the file cannot be unpacked to its end": "文件无法完整解压",
    "it cannot be read as Parquet": "文件无法按Parquet读取",
    "the refused rows would take the place of the file": "被拒绝的行会覆盖所读的文件",
    "unknown column": "没有这一列",
    "no such column": "缺少这一列",
    "this column stands twice": "同一列写了两次",
}
_REASONS_OF = (
    (r"the text is not JSON at line (\d+), column (\d+)", r"不是可读的JSON对象：第\1行第\2列有误"),
    (r"the text is not valid UTF-8 at byte (\d+)", r"文字不是有效的UTF-8：第\1字节"),
    (r"the file cannot be read: it is a pipe or device", "文件无法读取：它是管道或设备"),
    (r"the file holds (.+), other than its name says", r"文件内容是\1，与文件名不符"),
    (r"temporary files cannot be written there: (.+)", r"临时文件无法写入（\1）"),
    (r"the file cannot be read: (.+)", r"文件无法读取（\1）"),
    (r"the file cannot be written: (.+)", r"文件无法写入（\1）"),
    (r"it cannot be reached: (.+)", r"路径不能用（\1）"),
    (r"it cannot be written: (.+)", r"无法写入（\1）"),
    (r"a column of the type (.+)", r"列的类型为 \1"),
)
_NEAREST = "nearest: "
_MEANT = re.compile(r"; did you mean '(.+)'\?$")


def _of_many(found: re.Match[str]) -> str:
    near = f"，相近的有：{found[3]}" if found[3] else ""
    other = "；词表中没有的药物：drug 写 other，并写 name" if found[4] else ""
    return f"{found[2]} 的 {found[1]} 个代码之一{near}{other}"


def _of_units(found: re.Match[str]) -> str:
    return f"换算后在 {found[1]} 至 {found[2]} 之间；可用单位：{found[3].replace(' or ', '、')}"


_EXPECTED: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"a number \(no quotes\)|a finite number", "数字"),
    (r"a whole number.*", "整数"),
    (r"true or false", "是或否"),
    (r"(true|false|null), or nothing", r"\1，或不写"),
    (r"between (\S+) and (\S+ \S+) after conversion; units accepted: (.+)", _of_units),
    (r"ids unique within the list", "同一列表内编号各不相同"),
    (r"one result of each test and day", "每项每天一个结果"),
    (r"the id of a lesion", "某一病灶的编号"),
    (r"a calendar date as YYYY-MM-DD", "日期，如 2026-01-31"),
    (r"reference_low ≤ reference_high", "下限不高于上限"),
    (r"at most (\d+) (?:characters|items)", r"至多 \1 个"),
    (r"at least (\d+) (?:characters|items)", r"至少 \1 个"),
    (r"letters, digits and . _ : - only", "只用字母、数字和 . _ : -"),
    (r"its name in 'name'", "在“名称”一项写明"),
    (r"its unit: (.+)", r"单位：\1"),
    (r"one of the (\d+) codes of (\w+)(?:; nearest: ([^;]+))?(; a drug .+)?", _of_many),
    (r"a list", "列表（[…]）"),
    (r"a mapping", "对象（{…}）"),
    (r"text", "文字"),
    (r"each (?:key|column) once", "每项只写一次"),
    (r"at most (\d+) bytes", r"至多 \1 字节"),
    (r"well-formed UTF-8", "有效的UTF-8"),
    (r"text of 1 to 200 characters, without control characters", "1至200个字，不含控制字符"),
    (r"(NDJSON.*) or Parquet", r"\1 或 Parquet"),
    (r"a whole file, packed as its name says", "完整的文件，压缩方式与文件名相符"),
    (r"a whole Parquet file", "完整的Parquet文件"),
    (r"another file", "另一文件"),
    (r"a folder with room to write in", "可写且有空间的目录"),
    (r"the columns of 'oncocds cohort schema'", "oncocds cohort schema 列出的列"),
    (r"the patients' ids, text", "患者编号（文字）"),
    (r"one JSON document \(RFC 8259\)", "一份JSON文档"),
    (r"a patient profile, or a FHIR R4 Bundle", "患者资料，或FHIR R4 Bundle"),
    (r"'class' only with drug: other.*", "只有“其他”药物才写类别"),
    (r"a patient profile; records in FHIR take (\S+), files of them '(.+)'", r"患者资料；FHIR记录用 \1，整批文件用 \2"),
    (r"a JSON or YAML file \(UTF-8\)", "JSON或YAML文件（UTF-8）"),
    (r"a mapping of settings", "由各项设置组成的对象"),
    (r"one of:? (.+)", r"其中之一：\1"),
    (r"\S+(?: or \S+)+", lambda units: units[0].replace(" or ", " 或 ")),
)


def refusal_words(error: Mapping[str, str]) -> dict[str, str]:
    """Return one error of a problem in Chinese and English; a reason without Chinese words keeps its English."""
    reason, expected = error["reason"], error["expected"]
    plain = _MEANT.sub("", reason)
    meant = _MEANT.search(reason)
    told = _REASONS.get(plain) or _in_chinese(_REASONS_OF, plain)
    near = f"；是否为“{meant[1]}”" if meant else ""
    words = {"zh": f"{told}{near}；应为：{_in_chinese(_EXPECTED, expected)}", "en": f"{reason}; expected: {expected}"}
    if expected.startswith(_NEAREST):  # what comes near is no list of what may stand
        listed = expected.removeprefix(_NEAREST)
        words = {"zh": f"{told}{near}；相近的有：{listed}", "en": f"{reason}; nearest: {listed}"}
    return {language: text.replace("[lb_av]", "lb") for language, text in words.items()}


def _in_chinese(table: Iterable[tuple[str, str | Callable[[re.Match[str]], str]]], words: str) -> str:
    found = (re.sub(pattern, told, words) for pattern, told in table if re.fullmatch(pattern, words))
    return next(found, words)
