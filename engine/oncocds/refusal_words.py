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
    "no rule has this id": "没有此编号的规则",
    "a second patient": "还有另一位患者",
    "records of several patients": "含有几位患者的记录",
    "not a list of the profile": "没有这个列表",
    "classes that contradict each other": "药物类别互相矛盾",
    "said otherwise before": "与前面写的不同",
    "two results of one day": "同一项目同一天有两个结果",
    "not a code of this field": "不是本项的可选值",
    "not a date": "不是日期",
    "wrong length": "长度不对",
    "missing": "缺少",
    "control characters": "含有控制字符",
    "blank text": "只有空白",
    "characters that no id has, maybe invisible": "编号含有不能用的字符（可能看不见）",
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
    "the key holds a NUL character": "名称含有NUL字符",
    "the key holds a lone surrogate": "名称含有残缺的Unicode字符",
    "the data contains itself": "数据包含其自身",
    "nested too deeply": "嵌套太深",
    "a key here is no text": "名称不是文字",
    "a type that JSON does not have": "JSON没有的类型",
    "not a text": "不是文字",
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
    "it is there and asks something else": "已经存在，内容不同",
    "it is another file here": "这里是另一个文件",
    "many machines do not make that": "多台机器不产生这种结果",
    "it is another one here than where the work was given out": "与分派任务时的不同",
    "another kind of file": "文件类型不对",
    "no such folder to write in": "没有这个可写的目录",
    "the output would take its place": "输出会覆盖它",
    "it is a folder": "是一个目录",
    "no such folder": "没有这个目录",
    "it tells when the export was taken": "其中已写明导出的时间",
    "no records": "没有记录",
    "it tells no transactionTime": "未写明 transactionTime",
    "output: it names no files": "output：没有列出文件",
    "it is a page of several (link: next)": "只是多页中的一页（link: next）",
    "no instant": "不是时刻",
    "it looks like records and would not be read": "像是记录文件，但不会被读取",
    "it cannot be read": "无法读取",
    "it is of another version": "版本不同",
    "it holds only what changed": "只含有变化的部分",
    "it cannot be opened": "无法打开",
    "it changed while it was read": "读取时文件被改动",
    "nothing that these rules ask for is checked again": "这些规则要求的检查都不需复查",
    "the site has not set how often: no document says it": "本院未设定间隔，文献也未给出",
    "it is evidence, which has no verdict": "是佐证，没有自己的判定",
    "it is the file of patients that is read": "就是所读的患者文件",
    "another run is writing it": "另一次运行正在写入",
    "it names two of a kind": "同一种写了两个",
    "it protects nobody": "起不到保护作用",
    "not a format that can be written": "不能写成这种格式",
    "it names no table": "没有写表名",
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
    (r"it cannot be read: (.+)", r"无法读取（\1）"),
    (r"row group (\d+) was not answered by this job", r"第\1个行组没有由这项任务回答"),
    (r"(\S+) have no such option", r"\1 没有这个选项"),
    (r"(.+) has not come yet", r"\1 还没有到"),
    (r"it was taken before (.+)", r"早于 \1"),
    (r"line (\d+) is too long", r"第\1行太长"),
    (r"line (\d+) is no FHIR resource", r"第\1行不是FHIR资源"),
    (r"the mapping failed \((\w+)\)", r"读入失败（\1）"),
    (r"no rule or action '([^']*)'", r"没有规则或行动“\1”"),
    (r"a column of the type (.+)", r"列的类型为 \1"),
)
_SYSTEM = {
    "No such file or directory": "没有这个文件或目录",
    "Permission denied": "没有权限",
    "Is a directory": "是一个目录",
    "Not a directory": "上级不是目录",
    "No space left on device": "磁盘已满",
    "File name too long": "文件名太长",
    "Too many levels of symbolic links": "符号链接循环",
    "Bad file descriptor": "已关闭",
    "it is not UTF-8": "不是UTF-8",
}
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NEAREST = "nearest: "
_MEANT = re.compile(r"; did you mean '(.+)'\?$")


def _of_many(found: re.Match[str]) -> str:
    near = f"，相近的有：{found[3]}" if found[3] else ""
    other = "；词表中没有的药物：drug 写 other，并写 name" if found[4] else ""
    return f"{found[2]} 的 {found[1]} 个代码之一{near}{other}"


def _of_one_unit(found: re.Match[str]) -> str:
    return f"{found[1]} 至 {found[2]} {found[3]}；可用单位：{found[4].replace(' or ', '、')}"


def _of_a_rule(found: re.Match[str]) -> str:
    return f"规则编号，见 {found[1]}" + (f"；是否为“{found[2]}”" if found[2] else "")


def _of_units(found: re.Match[str]) -> str:
    return f"换算后在 {found[1]} 至 {found[2]} 之间；可用单位：{found[3].replace(' or ', '、')}"


_EXPECTED: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"a number \(no quotes\)|a finite number", "数字"),
    (r"a whole number.*", "整数"),
    (r"true or false", "是或否"),
    (r"(true|false|null), or nothing", r"\1，或不写"),
    (r"between (\S+) and (\S+ \S+) after conversion; units accepted: (.+)", _of_units),
    (r"between (\S+) and (\S+) (\S+); units accepted: (.+)", _of_one_unit),
    (r"a percentage between (\S+) and (\S+)(; 62 is written for 0\.62)?", r"百分数，\1 至 \2"),
    (r"a value", "有值"),
    (r"a rule's id, see (\S+?)(?:; did you mean '(.+)'\?)?", _of_a_rule),
    (r"a date, YYYY-MM-DD", "日期，如 2026-01-31"),
    (r"the records of one(?: patient)?", "一位患者的记录"),
    (r"text without control characters", "不含控制字符的文字"),
    (r"text, or null where nothing is recorded", "文字；没有记录时写 null"),
    (
        r"'class' all classes; 'has_class' some of them, 'not_class' none of them",
        "class 为全部，has_class 为已知的，not_class 为没有的",
    ),
    (r"ids unique within the list", "同一列表内编号各不相同"),
    (r"one result of each test and day", "每项每天一个结果"),
    (r"each fact once; results of other days as earlier results", "每项只写一次；其他日期的结果写在“历次结果”里"),
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
    (r"each (?:key|column|fact) once", "每项只写一次"),
    (r"at most (\d+) bytes", r"至多 \1 字节"),
    (r"well-formed UTF-8", "有效的UTF-8"),
    (r"well-formed Unicode text", "完整的Unicode文字"),
    (r"a number within (±2\^53)", r"\1 以内的数"),
    (r"a tree of lists and mappings", "由列表和对象组成的树"),
    (r"text keys", "文字作名称"),
    (r"text, number, true, false, null, list or mapping", "文字、数字、true、false、null、列表或对象"),
    (r"an object with '(\w+)'", r"带有 \1 的对象"),
    (r"the patient profile, see (\S+)", r"患者资料，见 \1"),
    (r"a rule's id, see ([^\s;]+)(?:; did you mean '(.+)'\?)?", r"规则编号，见 \1"),
    (r"UTF-8 without BOM", "不带BOM的UTF-8"),
    (r"text of 1 to 200 characters that shows something, without control characters", "1至200个可见的字，不含控制字符"),
    (r"(NDJSON.*) or Parquet", r"\1 或 Parquet"),
    (r"a whole file, packed as its name says", "完整的文件，压缩方式与文件名相符"),
    (r"a whole Parquet file \((\S+) .+\)", r"完整的Parquet文件（NDJSON如何转为Parquet见 \1）"),
    (r"another file", "另一文件"),
    (r"a folder with room to write in", "可写且有空间的目录"),
    (r"the columns of 'oncocds cohort schema'", "oncocds cohort schema 列出的列"),
    (r"the patients' ids, text", "患者编号（文字）"),
    (r"one JSON document \(RFC 8259\)", "一份JSON文档"),
    (r"a patient profile as JSON", "患者资料（JSON）"),
    (r"a patient profile, or a FHIR R4 Bundle", "患者资料，或FHIR R4 Bundle"),
    (r"'\w+' only with drug: other.*", "只有“其他”药物才写类别"),
    (r"a patient profile; records in FHIR take (\S+), files of them '(.+)'", r"患者资料；FHIR记录用 \1，整批文件用 \2"),
    (r"a JSON or YAML file \(UTF-8\)", "JSON或YAML文件（UTF-8）"),
    (r"a mapping of settings", "由各项设置组成的对象"),
    (r"knowledge", "知识"),
    (r"the same file on all machines", "各机器上同一个文件"),
    (r"the file of patients, on all machines", "患者文件，各机器上都有"),
    (r"rules or actions whose gaps are to be listed", "要列出的规则或行动"),
    (r"the version to be compared with the old one", "要与旧版本比较的版本"),
    (r"to leave it out, or (.+)", lambda found: f"不写，或 {found[1].replace(' or ', '、')}"),
    (r"a name (?:that ends|ending) in (.+)", lambda found: f"以 {found[1].replace(' or ', '、')} 结尾的文件名"),
    (r"a folder that is there", "已有的目录"),
    (r"another file for --store", "--store 用另一个文件"),
    (r"a file", "文件"),
    (r"a file of patients", "患者文件"),
    (r"the folder of an export", "导出的目录"),
    (r"no other time beside it", "不再另写时间"),
    (r"what the server answered, or (.+)", r"服务器的答复，或 \1"),
    (r"files of records \((.+)\)", r"记录文件（\1）"),
    (r"when the export was taken", "导出的时间"),
    (r"what the server answered when the export was done", "导出完成时服务器的答复"),
    (r"all files of the export", "导出的全部文件"),
    (r"a list of the files of the export", "导出文件的列表"),
    (r"all pages in one manifest", "一份清单含全部页"),
    (r"a time with its zone, such as (.+)", r"带时区的时间，如 \1"),
    (r"(\*\.ndjson.+) or no such file", r"\1，或没有这个文件"),
    (r"a whole file of records", "完整的记录文件"),
    (r"JSON", "JSON文档"),
    (r"a file of records", "记录文件"),
    (r"one resource a line; fetch the file again", "每行一个资源；请重新下载该文件"),
    (r"a new file, from a complete export", "由完整导出建立的新文件"),
    (r"a later export than the last one", "比上一次更晚的导出"),
    (r"a complete export first, kept with --store", "先有一次完整导出，用 --store 保存"),
    (r"changes since (.+) or earlier: the last export's time", r"自 \1 或更早以来的变化（上一次导出的时间）"),
    (r"a Bundle whose entries are each a DELETE of TYPE/ID", "每个条目都是 DELETE TYPE/ID 的Bundle"),
    (r"a file of grouped records that no other run has open", "没有被其他运行打开的分组记录文件"),
    (r"the (\d+) that the manifest tells of", r"清单所写的 \1 个"),
    (r"no fault; please report it", "没有故障；请报告此问题"),
    (r"another path", "另一路径"),
    (r"a file at rest", "不再变动的文件"),
    (r"a rule of monitoring", "监测类规则"),
    (r"(.+) in --policy", r"在 --policy 中设定 \1"),
    (r"a rule that advises, or an action", "给出建议的规则，或行动"),
    (r"an id of '(.+)'", r"\1 列出的编号"),
    (r"a file that can be written", "可写的文件"),
    (r"to wait for it, or another file", "等它结束，或用另一个文件"),
    (r"one folder of knowledge and one policy at most", "至多一个知识目录和一份设置"),
    (r"(.+), a folder of knowledge or a policy", r"\1、知识目录或设置文件"),
    (r"0 to publish every cell, or (.+)", r"0（全部公布），或 \1"),
    (r"room, or another folder as TMPDIR", "足够空间，或用TMPDIR指定另一目录"),
    (r"a name, or schema\.name or (catalogue\.schema\.name)", r"name、schema.name 或 \1"),
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
    if not _CHINESE.search(told):  # one language, not half of each
        words["zh"] = words["en"]
    for english, chinese in _SYSTEM.items():
        words["zh"] = words["zh"].replace(f"（{english}）", f"（{chinese}）")
    return {language: text.replace("[lb_av]", "lb") for language, text in words.items()}


def _in_chinese(table: Iterable[tuple[str, str | Callable[[re.Match[str]], str]]], words: str) -> str:
    found = (re.sub(pattern, told, words) for pattern, told in table if re.fullmatch(pattern, words))
    return next(found, words)
