"""The steps of scenarios, as pytest-bdd runs them: tell the patient, evaluate, check the answer."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from oncocds.scenarios.case import Case
from oncocds.scenarios.cells import fold
from oncocds.scenarios.expectations import table_mistakes
from oncocds.scenarios.phrases import PHRASES, Phrase
from oncocds.scenarios.site import Site, site
from oncocds.scenarios.story import rule_rows

SITE = pytest.StashKey[Site]()
"""Where a run keeps the site it is for; without one, scenarios run on the bundled knowledge."""

_URGENCIES = {
    "critical": ("critical", "危急", "紧急"),
    "warning": ("warning", "警示", "警告", "注意"),
    "info": ("info", "提示", "一般"),
}


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """One scenario's case."""
    return Case(request.config.stash.get(SITE, None) or site())


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any) -> None:
    """Let the case speak the language of its file."""
    request.getfixturevalue("case").language = "zh" if str(feature.language).startswith("zh") else "en"


def _says(phrase: str) -> Any:
    return parsers.re(PHRASES[phrase].pattern)


def _given(phrase: Phrase) -> None:
    """Define a given step; the sentence says all about it."""
    says = parsers.re(phrase.pattern)
    if phrase.table is not None:

        @given(says, stacklevel=2)
        def _table(case: Case, datatable: list[list[str]]) -> None:
            case.story.tell(phrase, {}, datatable, case.reader)

    elif phrase.id == "as_of":

        @given(says, stacklevel=2)
        def _date(case: Case, date: str) -> None:
            case.story.tell(phrase, {"date": date}, (), case.reader)

    else:

        @given(says, stacklevel=2)
        def _statement(case: Case) -> None:
            case.story.tell(phrase, {}, (), case.reader)


for _phrase in PHRASES.values():
    if _phrase.kind == "given":
        _given(_phrase)


@when(_says("evaluate"))
def _evaluate(case: Case) -> None:
    case.evaluate()


def _rules(case: Case, datatable: list[list[str]], expected: str) -> None:
    """Check the verdicts of a table of rules; every wrong one is named, not the first alone."""
    mistakes = [each.message for each in table_mistakes(datatable, case.site.knowledge, case.language)]
    for _, row in rule_rows(datatable):
        mistakes.extend(case.wrong_verdict(row.rule, expected))
        if expected == "undetermined":
            mistakes.extend(each for fact in row.missing for each in case.not_asked(fact, row.rule))
    if mistakes:
        pytest.fail("\n".join(dict.fromkeys(mistakes)), pytrace=False)


@then(_says("all_fire"))
def _all_fire(case: Case, datatable: list[list[str]]) -> None:
    _rules(case, datatable, "fires")


@then(_says("all_silent"))
def _all_silent(case: Case, datatable: list[list[str]]) -> None:
    _rules(case, datatable, "silent")


@then(_says("all_undetermined"))
def _all_undetermined(case: Case, datatable: list[list[str]]) -> None:
    _rules(case, datatable, "undetermined")


@then(_says("contains"))
def _contains(case: Case, what: str) -> None:
    if not case.matching(what):
        given_ = "、".join(getattr(item.title, case.language) for item in case.evaluated().advice)
        case.fail(
            f"建议中没有“{what}”；有的是：{given_ or '无'}", f"the advice lacks '{what}'; it has: {given_ or 'nothing'}"
        )


@then(_says("lacks"))
def _lacks(case: Case, what: str) -> None:
    if items := case.matching(what):
        rules = "、".join(ground.rule for item in items for ground in item.grounds)
        case.fail(f"建议中有“{what}”，依据：{rules}", f"the advice contains '{what}', by {rules}")


@then(_says("fires"))
def _fires(case: Case, rule: str) -> None:
    case.verdict(rule, "fires")


@then(_says("silent"))
def _silent(case: Case, rule: str) -> None:
    case.verdict(rule, "silent")


@then(_says("undetermined"))
def _undetermined(case: Case, rule: str) -> None:
    case.verdict(rule, "undetermined")


@then(_says("undetermined_for"))
def _undetermined_for(case: Case, rule: str, fact: str) -> None:
    case.verdict(rule, "undetermined")
    case.hold(case.not_asked(fact, rule))


@then(_says("rule_asks"))
def _rule_asks(case: Case, rule: str, fact: str) -> None:
    case.hold(case.not_asked(fact, rule))


@then(_says("asks"))
def _asks(case: Case, fact: str) -> None:
    case.hold(case.not_asked(fact))


@then(_says("passage"))
def _passage(case: Case, rule: str, quote: str) -> None:
    items = case.matching(rule)
    grounds = [ground for item in items for ground in item.grounds]
    named = [ground for ground in grounds if fold(ground.rule) == fold(rule)] or grounds
    passages = [passage.quote for ground in named for passage in ground.passages]
    if not any(quote in passage for passage in passages):
        found = " / ".join(passages)
        case.fail(
            f"“{rule}”的出处不是“{quote}”，而是：{found or '无'}", f"the passage of '{rule}' is: {found or 'none'}"
        )


@then(_says("urgency"))
def _urgency(case: Case, what: str, urgency: str) -> None:
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


@then(_says("demoted"))
def _demoted(case: Case, rule: str) -> None:
    case.verdict(rule, "fires")
    grounds = [ground for item in case.evaluated().advice for ground in item.grounds if ground.rule == rule]
    if any(ground.status == "active" for ground in grounds):
        case.fail(f"规则 {rule} 没有被降级", f"rule {rule} is not demoted")


@then(_says("remark"))
def _remark(case: Case, what: str) -> None:
    remarks = case.remarks()
    if not any(what in words for both in remarks for words in both):
        found = "\n".join(both[0 if case.language == "zh" else 1] for both in remarks)
        case.fail(
            f"提示中没有“{what}”；有的是：\n{found or '无'}", f"no remark says '{what}'; there are:\n{found or '-'}"
        )


@then(_says("conflict"))
def _conflict(case: Case, what: str) -> None:
    conflicts = case.evaluated().conflicts
    if not any(fold(what) in map(fold, (each.id, each.title.zh, each.title.en)) for each in conflicts):
        found = "、".join(getattr(each.title, case.language) for each in conflicts)
        case.fail(f"没有“{what}”这一分歧；有的是：{found or '无'}", f"no conflict '{what}'; there are: {found or '-'}")


@then(_says("all_quiet"))
def _all_quiet(case: Case) -> None:
    case.hold([each for rule in case.evaluated().verdicts for each in case.wrong_verdict(rule, "silent")])


@then(_says("contradiction"))
def _contradiction(case: Case) -> None:
    if not any(conflict.severity == "contradiction" for conflict in case.evaluated().data_conflicts):
        case.fail("没有发现资料相互矛盾", "no contradiction was found in the data")
