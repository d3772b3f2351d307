"""Checks what scenarios say of the advice: which items an answer has or lacks, how urgent they are, which is first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oncocds.advice.result import AdviceItem
from oncocds.scenarios.case import Case, Check, StepFailed, Words
from oncocds.scenarios.cells import fold
from oncocds.scenarios.patient import Rows

_URGENCIES = {
    "critical": ("critical", "危急", "紧急"),
    "warning": ("warning", "警示", "警告", "注意"),
    "info": ("info", "提示", "一般"),
}


def _contains(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    if not case.matching(what):
        given_ = _titles(case, case.evaluated().advice)
        waiting = case.waiting(what)
        case.fail(
            f"建议中没有“{what}”；有的是：{given_ or '无'}{waiting}",
            f"the advice lacks '{what}'; it has: {given_ or 'nothing'}{waiting}",
        )


def _contains_critical(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    critical = _critical(case)
    if not any(item in critical for item in case.matching(what)):
        given_ = _titles(case, critical)
        case.fail(
            f"紧急建议中没有“{what}”；有的是：{given_ or '无'}",
            f"no emergency says '{what}'; there are: {given_ or 'none'}",
        )


def _lacks_critical(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    if items := [item for item in case.matching(what) if item in _critical(case)]:
        given_ = _titles(case, items)
        case.fail(f"紧急建议中有“{what}”：{given_}", f"the emergencies contain '{what}': {given_}")


def _first(case: Case, words: Words, _rows: Rows) -> None:
    what, answer = words["what"], case.evaluated()
    briefing = [line for line in answer.briefing if line.kind != "setting"]  # the scenario says its settings itself
    if not briefing:
        case.fail("回答里一条也没有", "the answer has no line")
    line = briefing[0]
    items = [item for item in case.matching(what) if line.kind == "advice" and item.action == line.ref]
    named = any(item.lesion == line.lesion for item in items)
    if not named and not any(fold(what) in fold(text) for text in (line.ref, line.line.zh, line.line.en)):
        first = line.line.in_(case.language)
        case.fail(f"第一条不是“{what}”，而是：{first}", f"the first line is not '{what}' but: {first}")


def _decides(case: Case, words: Words, _rows: Rows) -> None:
    what, decisions = words["what"], case.evaluated().decisions
    for one in decisions:
        brought = [each for choice in one.answers for each in choice.brings]
        by_id = case.by_id(one.fact)
        texts = [one.id, one.fact, one.question.zh, one.question.en, by_id.zh, by_id.en]
        texts += [text for each in brought for text in (each.rule, each.title.zh, each.title.en)]
        if any(fold(what) in fold(text) for text in texts):
            return
    found = case.reader.cells.listed(one.question.in_(case.language) for one in decisions)
    case.fail(f"待判断中没有“{what}”；有的是：{found or '无'}", f"no decision on '{what}'; there are: {found or '-'}")


def _no_critical(case: Case, _words: Words, _rows: Rows) -> None:
    if given_ := _titles(case, _critical(case)):
        case.fail(f"有紧急建议：{given_}", f"there are emergencies: {given_}")


def _count(case: Case, words: Words, _rows: Rows) -> None:
    _counted(case, words["count"], [item for item in case.evaluated().advice if item.status == "active"])


def _count_critical(case: Case, words: Words, _rows: Rows) -> None:
    _counted(case, words["count"], _critical(case))


def _critical(case: Case) -> list[AdviceItem]:
    return [item for item in case.evaluated().advice if item.urgency == "critical" and item.status == "active"]


def _counted(case: Case, count: str, items: list[AdviceItem]) -> None:
    if not count.isdecimal():
        case.fail(f"“{count}”不是数目", f"'{count}' is no number")
    if len(items) != int(count):
        given_ = _titles(case, items)
        case.fail(f"有{len(items)}条：{given_ or '无'}", f"there are {len(items)}: {given_ or 'none'}")


def _titles(case: Case, items: Iterable[AdviceItem]) -> str:
    return case.reader.cells.listed(item.title.in_(case.language) for item in items)


def _lacks(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    if items := case.matching(what):
        rules = "、".join(ground.rule for item in items for ground in item.grounds)
        case.fail(f"建议中有“{what}”，依据：{rules}", f"the advice contains '{what}', by {rules}")


def _disagrees(case: Case, words: Words, _rows: Rows) -> None:
    what, reason, items = words["what"], words["reason"], _of_lesion(case, words)
    if items:
        rules = case.reader.cells.listed(ground.rule for item in items for ground in item.grounds)
        case.fail(
            f"仍有“{what}”，依据：{rules}；认为不应有：{reason}",
            f"'{what}' is said, by {rules}; held against it: {reason}",
        )


def _misses(case: Case, words: Words, _rows: Rows) -> None:
    what, reason = words["what"], words["reason"]
    try:
        items, unknown = _of_lesion(case, words), ""
    except StepFailed as failure:
        items, unknown = [], f"\n{failure}"
    if not items:
        more = unknown or case.waiting(what)
        case.fail(
            f"仍没有“{what}”；认为应有：{reason}{more}", f"'{what}' is not said; held to be missing: {reason}{more}"
        )


def _of_lesion(case: Case, words: Words) -> list[AdviceItem]:
    """Return the advice that a sentence names, where it names a lesion that of the lesion alone."""
    lesion = words.get("lesion")
    return [item for item in case.matching(words["what"]) if not lesion or item.lesion == lesion]


def _urgency(case: Case, words: Words, _rows: Rows) -> None:
    what, urgency = words["what"], words["urgency"]
    items = case.matching(what)
    names = {fold(name): code for code, names in _URGENCIES.items() for name in names}
    if fold(urgency) not in names:
        allowed = "、".join(names)
        case.fail(f"没有紧急程度“{urgency}”；可用：{allowed}", f"no urgency '{urgency}'; allowed: {allowed}")
    found = {ground.urgency for item in items for ground in item.grounds if fold(ground.rule) == fold(what)} or {
        item.urgency for item in items
    }
    if names[fold(urgency)] not in found:
        seen = "、".join(sorted(found))
        case.fail(
            f"“{what}”的紧急程度是：{seen or '（建议中没有）'}",
            f"the urgency of '{what}' is: {seen or '(not in the advice)'}",
        )


OF_ADVICE: Mapping[str, Check] = {
    "contains": _contains,
    "contains_critical": _contains_critical,
    "lacks_critical": _lacks_critical,
    "first": _first,
    "decides": _decides,
    "no_critical": _no_critical,
    "count": _count,
    "count_critical": _count_critical,
    "lacks": _lacks,
    "disagrees": _disagrees,
    "misses": _misses,
    "urgency": _urgency,
}
