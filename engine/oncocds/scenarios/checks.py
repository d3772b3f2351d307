"""What each sentence of a scenario does: tell, evaluate, or check the answer (one function a sentence)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from oncocds.advice.first import Monitored
from oncocds.advice.result import AdviceItem, PassageView
from oncocds.advice.views import translation
from oncocds.scenarios.case import Case, StepFailed
from oncocds.scenarios.cells import fold
from oncocds.scenarios.expectations import table_mistakes
from oncocds.scenarios.patient import Rows, ScenarioError
from oncocds.scenarios.phrases import Phrase
from oncocds.scenarios.story import rule_rows

Words = Mapping[str, str]
Check = Callable[[Case, Words, Rows], None]
CHECKS: dict[str, Check] = {}
"""By phrase: fails the step (``StepFailed``) where the answer is another one."""

_URGENCIES = {
    "critical": ("critical", "危急", "紧急"),
    "warning": ("warning", "警示", "警告", "注意"),
    "info": ("info", "提示", "一般"),
}


def take_step(case: Case, phrase: Phrase, words: Words, rows: Rows) -> None:
    """Do what one step says. Raises ``StepFailed`` where it does not hold, or cannot be read."""
    if phrase.kind == "when":
        case.evaluate()
    elif phrase.kind == "then":
        CHECKS[phrase.id](case, words, rows)
    else:
        try:
            case.story.tell(phrase, words, rows, case.reader)
        except ScenarioError as error:
            case.hold([mistake.message for mistake in error.mistakes])


def _check(phrase: str) -> Callable[[Check], Check]:
    def take(check: Check) -> Check:
        CHECKS[phrase] = check
        return check

    return take


def _rules(case: Case, rows: Rows, expected: str) -> None:
    """Check the verdicts of a table of rules; every wrong one is named, not the first alone."""
    mistakes = [each.message for each in table_mistakes(rows, case.site.knowledge, case.language)]
    for _, row in rule_rows(rows):
        mistakes.extend(case.wrong_verdict(row.rule, expected))
        if expected == "undetermined":
            mistakes.extend(each for fact in row.missing for each in case.not_asked(fact, row.rule))
    case.hold(list(dict.fromkeys(mistakes)))


@_check("all_fire")
def _all_fire(case: Case, _words: Words, rows: Rows) -> None:
    _rules(case, rows, "fires")


@_check("all_silent")
def _all_silent(case: Case, _words: Words, rows: Rows) -> None:
    _rules(case, rows, "silent")


@_check("all_undetermined")
def _all_undetermined(case: Case, _words: Words, rows: Rows) -> None:
    _rules(case, rows, "undetermined")


@_check("contains")
def _contains(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    if not case.matching(what):
        given_ = _titles(case, case.evaluated().advice)
        waiting = case.waiting(what)
        case.fail(
            f"建议中没有“{what}”；有的是：{given_ or '无'}{waiting}",
            f"the advice lacks '{what}'; it has: {given_ or 'nothing'}{waiting}",
        )


@_check("contains_critical")
def _contains_critical(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    critical = _critical(case)
    if not any(item in critical for item in case.matching(what)):
        given_ = _titles(case, critical)
        case.fail(
            f"紧急建议中没有“{what}”；有的是：{given_ or '无'}",
            f"no emergency says '{what}'; there are: {given_ or 'none'}",
        )


@_check("lacks_critical")
def _lacks_critical(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    if items := [item for item in case.matching(what) if item in _critical(case)]:
        given_ = _titles(case, items)
        case.fail(f"紧急建议中有“{what}”：{given_}", f"the emergencies contain '{what}': {given_}")


@_check("first")
def _first(case: Case, words: Words, _rows: Rows) -> None:
    what, answer = words["what"], case.evaluated()
    briefing = [line for line in answer.briefing if line.kind != "setting"]  # the scenario says its settings itself
    if not briefing:
        case.fail("回答里一条也没有", "the answer has no line")
    line = briefing[0]
    items = [item for item in case.matching(what) if line.kind == "advice" and item.action == line.ref]
    named = any(item.lesion == line.lesion for item in items)
    if not named and not any(fold(what) in fold(text) for text in (line.ref, line.line.zh, line.line.en)):
        first = getattr(line.line, case.language)
        case.fail(f"第一条不是“{what}”，而是：{first}", f"the first line is not '{what}' but: {first}")


@_check("decides")
def _decides(case: Case, words: Words, _rows: Rows) -> None:
    what, decisions = words["what"], case.evaluated().decisions
    for one in decisions:
        brought = [each for choice in one.answers for each in choice.brings]
        texts = [one.id, one.fact, one.question.zh, one.question.en]
        texts += [text for each in brought for text in (each.rule, each.title.zh, each.title.en)]
        if any(fold(what) in fold(text) for text in texts):
            return
    found = case.reader.cells.listed(getattr(one.question, case.language) for one in decisions)
    case.fail(f"待判断中没有“{what}”；有的是：{found or '无'}", f"no decision on '{what}'; there are: {found or '-'}")


@_check("no_critical")
def _no_critical(case: Case, _words: Words, _rows: Rows) -> None:
    if given_ := _titles(case, _critical(case)):
        case.fail(f"有紧急建议：{given_}", f"there are emergencies: {given_}")


@_check("count")
def _count(case: Case, words: Words, _rows: Rows) -> None:
    _counted(case, words["count"], [item for item in case.evaluated().advice if item.status == "active"])


@_check("count_critical")
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
    return case.reader.cells.listed(getattr(item.title, case.language) for item in items)


@_check("lacks")
def _lacks(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    if items := case.matching(what):
        rules = "、".join(ground.rule for item in items for ground in item.grounds)
        case.fail(f"建议中有“{what}”，依据：{rules}", f"the advice contains '{what}', by {rules}")


@_check("disagrees")
def _disagrees(case: Case, words: Words, _rows: Rows) -> None:
    what, reason, items = words["what"], words["reason"], _of_lesion(case, words)
    if items:
        rules = case.reader.cells.listed(ground.rule for item in items for ground in item.grounds)
        case.fail(
            f"仍有“{what}”，依据：{rules}；认为不应有：{reason}",
            f"'{what}' is said, by {rules}; held against it: {reason}",
        )


@_check("misses")
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


@_check("fires")
def _fires(case: Case, words: Words, _rows: Rows) -> None:
    rule = words["rule"]
    case.verdict(rule, "fires")


@_check("silent")
def _silent(case: Case, words: Words, _rows: Rows) -> None:
    rule = words["rule"]
    case.verdict(rule, "silent")


@_check("undetermined")
def _undetermined(case: Case, words: Words, _rows: Rows) -> None:
    rule = words["rule"]
    case.verdict(rule, "undetermined")


@_check("undetermined_for")
def _undetermined_for(case: Case, words: Words, _rows: Rows) -> None:
    rule, fact = words["rule"], words["fact"]
    case.verdict(rule, "undetermined")
    case.hold(case.not_asked(fact, rule))


@_check("rule_asks")
def _rule_asks(case: Case, words: Words, _rows: Rows) -> None:
    rule, fact = words["rule"], words["fact"]
    case.hold(case.not_asked(fact, rule))


@_check("asks")
def _asks(case: Case, words: Words, _rows: Rows) -> None:
    fact = words["fact"]
    case.hold(case.not_asked(fact))


@_check("passage")
def _passage(case: Case, words: Words, _rows: Rows) -> None:
    rule, quote = words["rule"], words["quote"]
    items = case.matching(rule)
    grounds = [ground for item in items for ground in item.grounds]
    named = [ground for ground in grounds if fold(ground.rule) == fold(rule)] or grounds
    passages = [passage for ground in named for passage in ground.passages]
    if not any(quote in passage.quote for passage in passages):
        found = " / ".join(passage.quote for passage in passages)
        english = " / ".join(_with_translation(passage) for passage in passages)
        case.fail(
            f"“{rule}”的出处不是“{quote}”，而是：{found or '无'}", f"the passage of '{rule}' is: {english or 'none'}"
        )


def _with_translation(passage: PassageView) -> str:
    words = translation(passage, "en")
    return passage.quote if words is None else f"{passage.quote} ({words})"


@_check("urgency")
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


@_check("demoted")
def _demoted(case: Case, words: Words, _rows: Rows) -> None:
    rule = words["rule"]
    case.verdict(rule, "fires")
    grounds = [ground for item in case.evaluated().advice for ground in item.grounds if ground.rule == rule]
    if any(ground.status == "active" for ground in grounds):
        case.fail(f"规则 {rule} 没有被降级", f"rule {rule} is not demoted")


@_check("remark")
def _remark(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    remarks = case.remarks()
    if not any(what in words for both in remarks for words in both):
        found = "\n".join(both[0 if case.language == "zh" else 1] for both in remarks)
        case.fail(
            f"提示中没有“{what}”；有的是：\n{found or '无'}", f"no remark says '{what}'; there are:\n{found or '-'}"
        )


@_check("due")
def _due(case: Case, words: Words, _rows: Rows) -> None:
    found, day = _monitored(case, words), words.get("due") or words["due_en"]
    if found.due != day:
        case.fail(f"不是“{day}”到期，而是：{found.text.zh}", f"not due on '{day}' but: {found.text.en}")


@_check("overdue")
def _overdue(case: Case, words: Words, _rows: Rows) -> None:
    if (found := _monitored(case, words)).overdue is not True:
        case.fail(f"没有过期：{found.text.zh}", f"not overdue: {found.text.en}")


@_check("not_overdue")
def _not_overdue(case: Case, words: Words, _rows: Rows) -> None:
    if (found := _monitored(case, words)).overdue is not False:
        case.fail(f"不能说未过期：{found.text.zh}", f"it is not said to be within its interval: {found.text.en}")


def _monitored(case: Case, words: Words) -> Monitored:
    """Return what is said of something that is monitored; fails where nothing is, and why."""
    what, known = words["monitored"], case.site.knowledge.vocabulary.monitoring.values()
    names = [one.id for one in known if fold(what) in map(fold, (one.id, one.label.zh, one.label.en))]
    if not names:
        listed = case.reader.cells.listed(one.label.in_(case.language) for one in known)
        case.fail(
            f"没有“{what}”这一项监测；有的是：{listed}", f"nothing monitored is called '{what}'; there are: {listed}"
        )
    found = next((one for one in case.evaluated().monitoring if one.monitoring in names), None)
    if found is None:
        case.fail(
            f"没有说“{what}”何时到期：本院没有设定间隔，或没有规则要求监测",
            f"nothing is said of when '{what}' is due: the site has set no interval, or no rule asks for it",
        )
    return found


@_check("conflict")
def _conflict(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    conflicts = case.evaluated().conflicts
    if not any(fold(what) in map(fold, (each.id, each.title.zh, each.title.en)) for each in conflicts):
        found = "、".join(getattr(each.title, case.language) for each in conflicts)
        case.fail(f"没有“{what}”这一分歧；有的是：{found or '无'}", f"no conflict '{what}'; there are: {found or '-'}")


@_check("all_quiet")
def _all_quiet(case: Case, _words: Words, _rows: Rows) -> None:
    case.hold([each for rule in case.evaluated().verdicts for each in case.wrong_verdict(rule, "silent")])


@_check("contradiction")
def _contradiction(case: Case, _words: Words, _rows: Rows) -> None:
    if not any(conflict.severity == "contradiction" for conflict in case.evaluated().data_conflicts):
        case.fail("没有发现资料相互矛盾", "no contradiction was found in the data")
