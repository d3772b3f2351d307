"""The steps of scenarios, as pytest-bdd runs them: tell the patient, evaluate, check the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from oncocds.advice.result import AdviceItem, Evaluation, Question
from oncocds.errors import InputError
from oncocds.reading.nearest import nearest
from oncocds.scenarios.cells import fold
from oncocds.scenarios.expectations import table_mistakes, unknown_rule
from oncocds.scenarios.patient import TableReader
from oncocds.scenarios.phrases import PHRASES, Phrase
from oncocds.scenarios.site import Site, site
from oncocds.scenarios.story import Story, rule_rows
from oncocds.text import Language

SITE = pytest.StashKey[Site]()
"""Where a run keeps the site it is for; without one, scenarios run on the bundled knowledge."""

_URGENCIES = {
    "critical": ("critical", "危急", "紧急"),
    "warning": ("warning", "警示", "警告", "注意"),
    "info": ("info", "提示", "一般"),
}
_VERDICTS = {"fires": "成立", "silent": "不成立", "undetermined": "未定"}


@dataclass(slots=True)
class Case:
    """What a scenario has said so far, and the answer once it was evaluated."""

    site: Site
    language: Language = "zh"
    story: Story = field(default_factory=Story)
    answer: Evaluation | None = None

    @property
    def reader(self) -> TableReader:
        """A reader of tables that speaks the scenario's language."""
        return TableReader(self.site.knowledge.vocabulary, self.language)

    def say(self, zh: str, en: str) -> str:
        """Return the words in the scenario's language."""
        return zh if self.language == "zh" else en

    def fail(self, zh: str, en: str) -> Any:
        """Fail the step with words for a reader."""
        pytest.fail(self.say(zh, en), pytrace=False)

    def evaluate(self) -> None:
        """Evaluate the patient; fails with every place of the profile or policy that is refused."""
        story = self.story
        try:
            engine = self.site.engine(shipped=story.shipped)
            self.answer = engine.evaluate(story.profile, policy=story.policy, as_of=story.as_of)
        except InputError as error:
            places = "\n".join(f"{each.pointer}: {each.reason}; expected {each.expected}" for each in error.problems)
            self.fail(f"患者资料或设置不被接受：\n{places}", f"the patient or the policy is refused:\n{places}")

    def evaluated(self) -> Evaluation:
        """Return the answer; fails where the scenario has not evaluated yet."""
        if self.answer is None:
            self.fail("还没有评估：请先写“当 评估”", "not evaluated yet: write 'When evaluated' first")
        assert self.answer is not None
        return self.answer

    def matching(self, what: str) -> list[AdviceItem]:
        """Return the advice that an action, a rule id or a title names; fails for words that name none."""
        knowledge = self.site.knowledge
        named = [
            text
            for action in knowledge.actions.values()
            for title in (action.title, *(title for _, title in action.alone))
            for text in (title.zh, title.en)
        ]
        titles = {fold(text) for text in named}
        rules = {
            rule.id
            for rule in knowledge.rules.values()
            if fold(what) in (fold(rule.id), fold(rule.title.zh), fold(rule.title.en))
        }
        actions = {fold(action) for action in knowledge.actions}
        if not rules and fold(what) not in titles | actions:
            known = [*knowledge.rules, *knowledge.actions, *named, *(r.title.zh for r in knowledge.rules.values())]
            near = "、".join(nearest(what, known, 3))
            self.fail(
                f"没有叫“{what}”的建议或规则；最接近的有：{near}", f"no advice or rule '{what}'; the nearest: {near}"
            )
        return [
            item
            for item in self.evaluated().advice
            if fold(what) in (fold(item.action), fold(item.title.zh), fold(item.title.en))
            or any(ground.rule in rules or rules.intersection(ground.supported_by) for ground in item.grounds)
        ]

    def verdict(self, rule: str, expected: str) -> None:
        """Check what a rule came to."""
        self.hold(self.wrong_verdict(rule, expected))

    def wrong_verdict(self, rule: str, expected: str) -> list[str]:
        """Return what is wrong with the verdict of a rule: nothing, or one sentence."""
        verdicts = self.evaluated().verdicts
        if rule not in verdicts:
            return [unknown_rule(rule, self.site.knowledge, self.language)]
        if (found := str(verdicts[rule])) == expected:
            return []
        asks = "、".join(getattr(q.label, self.language) for q in self.questions() if rule in q.would_decide)
        more = self.say(f"（还缺：{asks}）", f" (missing: {asks})") if asks else ""
        return [
            self.say(
                f"规则 {rule} 的结论是“{_VERDICTS[found]}”，不是“{_VERDICTS[expected]}”{more}",
                f"rule {rule} is {found}, not {expected}{more}",
            )
        ]

    def hold(self, mistakes: list[str]) -> None:
        """Fail the step where there are mistakes."""
        if mistakes:
            pytest.fail("\n".join(mistakes), pytrace=False)

    def questions(self) -> list[Question]:
        """Return every question, the clinician's first."""
        questions = self.evaluated().questions
        return [*questions.clinician, *questions.site]

    def not_asked(self, fact: str, rule: str | None = None) -> list[str]:
        """Return what is wrong where a fact is not asked for (by one rule, if given): nothing, or one sentence."""
        asked = [q for q in self.questions() if rule is None or rule in (*q.would_decide, *q.asked_by)]
        vocabulary = self.reader.vocabulary
        for question in asked:
            known = vocabulary.fields.get(question.fact)
            synonyms = known.synonyms if known else ()
            if fold(fact) in {fold(w) for w in (question.fact, question.label.zh, question.label.en, *synonyms)}:
                return []
        names = "、".join(getattr(question.label, self.language) for question in asked)
        by = f" {rule} " if rule else ""
        return [
            self.say(
                f"{by}没有要求补充“{fact}”；要求补充的是：{names or '无'}",
                f"'{fact}' is not asked for{' by ' + rule if rule else ''}; asked for: {names or '-'}",
            ).strip()
        ]


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


@then(_says("all_quiet"))
def _all_quiet(case: Case) -> None:
    case.hold([each for rule in case.evaluated().verdicts for each in case.wrong_verdict(rule, "silent")])


@then(_says("contradiction"))
def _contradiction(case: Case) -> None:
    if not any(conflict.severity == "contradiction" for conflict in case.evaluated().data_conflicts):
        case.fail("没有发现资料相互矛盾", "no contradiction was found in the data")
