"""What each sentence of a scenario does: tell, evaluate, or check the answer (one function a sentence)."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.advice.first import Monitored
from oncocds.advice.result import PassageView
from oncocds.advice.views import translation
from oncocds.scenarios.advice_checks import OF_ADVICE
from oncocds.scenarios.case import Case, Check, Words
from oncocds.scenarios.cells import fold
from oncocds.scenarios.expectations import table_mistakes
from oncocds.scenarios.patient import Rows, ScenarioError
from oncocds.scenarios.phrase import Phrase
from oncocds.scenarios.story import rule_rows


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


def _rules(expected: str) -> Check:
    """Check the verdicts of a table of rules; every wrong one is named, not the first alone."""

    def check(case: Case, _words: Words, rows: Rows) -> None:
        mistakes = [each.message for each in table_mistakes(rows, case.site.knowledge, case.language)]
        for _, row in rule_rows(rows):
            mistakes.extend(case.wrong_verdict(row.rule, expected))
            if expected == "undetermined":
                mistakes.extend(each for fact in row.missing for each in case.not_asked(fact, row.rule))
        case.hold(list(dict.fromkeys(mistakes)))

    return check


def _rule(verdict: str) -> Check:
    """Check the verdict of one rule."""
    return lambda case, words, _rows: case.verdict(words["rule"], verdict)


def _asked(case: Case, words: Words, _rows: Rows) -> None:
    """Check that a fact is asked for: by a rule, where the sentence names one."""
    case.hold(case.not_asked(words["fact"], words.get("rule")))


def _undetermined_for(case: Case, words: Words, rows: Rows) -> None:
    case.verdict(words["rule"], "undetermined")
    _asked(case, words, rows)


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


def _demoted(case: Case, words: Words, _rows: Rows) -> None:
    rule = words["rule"]
    case.verdict(rule, "fires")
    grounds = [ground for item in case.evaluated().advice for ground in item.grounds if ground.rule == rule]
    if any(ground.status == "active" for ground in grounds):
        case.fail(f"规则 {rule} 没有被降级", f"rule {rule} is not demoted")


def _remark(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    remarks = case.remarks()
    if not any(what in words for both in remarks for words in both):
        found = "\n".join(both[0 if case.language == "zh" else 1] for both in remarks)
        case.fail(
            f"提示中没有“{what}”；有的是：\n{found or '无'}", f"no remark says '{what}'; there are:\n{found or '-'}"
        )


def _due(case: Case, words: Words, _rows: Rows) -> None:
    found, day = _monitored(case, words), words.get("due") or words["due_en"]
    if found.due != day:
        case.fail(f"不是“{day}”到期，而是：{found.text.zh}", f"not due on '{day}' but: {found.text.en}")


def _overdue(case: Case, words: Words, _rows: Rows) -> None:
    if (found := _monitored(case, words)).overdue is not True:
        case.fail(f"没有过期：{found.text.zh}", f"not overdue: {found.text.en}")


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


def _conflict(case: Case, words: Words, _rows: Rows) -> None:
    what = words["what"]
    conflicts = case.evaluated().conflicts
    if not any(fold(what) in map(fold, (each.id, each.title.zh, each.title.en)) for each in conflicts):
        found = "、".join(each.title.in_(case.language) for each in conflicts)
        case.fail(f"没有“{what}”这一分歧；有的是：{found or '无'}", f"no conflict '{what}'; there are: {found or '-'}")


def _all_quiet(case: Case, _words: Words, _rows: Rows) -> None:
    case.hold([each for rule in case.evaluated().verdicts for each in case.wrong_verdict(rule, "silent")])


def _contradiction(case: Case, _words: Words, _rows: Rows) -> None:
    if not any(conflict.severity == "contradiction" for conflict in case.evaluated().data_conflicts):
        case.fail("没有发现资料相互矛盾", "no contradiction was found in the data")


CHECKS: Mapping[str, Check] = {
    **OF_ADVICE,
    "all_fire": _rules("fires"),
    "all_silent": _rules("silent"),
    "all_undetermined": _rules("undetermined"),
    "fires": _rule("fires"),
    "silent": _rule("silent"),
    "undetermined": _rule("undetermined"),
    "rule_asks": _asked,
    "asks": _asked,
    "passage": _passage,
    "demoted": _demoted,
    "remark": _remark,
    "due": _due,
    "overdue": _overdue,
    "not_overdue": _not_overdue,
    "conflict": _conflict,
    "all_quiet": _all_quiet,
    "contradiction": _contradiction,
    "undetermined_for": _undetermined_for,
}
"""What checks each sentence about the answer, by its phrase."""
