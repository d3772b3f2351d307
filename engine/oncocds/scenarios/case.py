"""One scenario's case: what was told, the answer, and what to say where the answer is another one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from oncocds.advice.names import NOBODY
from oncocds.advice.questions import Labels
from oncocds.advice.result import AdviceItem, Bilingual, Evaluation, Question
from oncocds.errors import InputError
from oncocds.profile.lock import PolicyLockedError
from oncocds.scenarios.cells import fold
from oncocds.scenarios.expectations import unknown_fact, unknown_rule, unsaid
from oncocds.scenarios.lexicon import words_of
from oncocds.scenarios.patient import Rows, TableReader
from oncocds.scenarios.refused import words
from oncocds.scenarios.site import Site
from oncocds.scenarios.story import Story
from oncocds.text import Language, Text
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Vocabulary


class StepFailed(AssertionError):  # noqa: N818 - it is no error of the program
    """A step does not hold; the message says why in words for a reader."""


_VERDICTS = {"fires": "成立", "silent": "不成立", "undetermined": "未定"}


_WAITING = 3  # rules that do not fire and that a failing step names
_ITEM = re.compile(r"\[[^\]]*\]")


@once
def _labels(vocabulary: Vocabulary) -> Labels:
    return Labels(vocabulary)


def _folded(texts: Iterable[Text | Bilingual]) -> Iterator[str]:
    """Yield texts in both languages as words are compared."""
    for text in texts:
        yield from (fold(text.zh), fold(text.en))


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

    def fail(self, zh: str, en: str) -> NoReturn:
        """Fail the step with words for a reader."""
        raise StepFailed(self.say(zh, en))

    def evaluate(self) -> None:
        """Evaluate the patient; fails with every place of the profile or policy that is refused.

        Raises ``PolicyLockedError`` where the scenario changes a setting that is locked at this site.
        """
        story = self.story
        try:
            engine = self.site.engine(shipped=story.shipped)
            self.answer = engine.evaluate(story.profile, policy=story.policy, as_of=story.as_of)
        except PolicyLockedError:  # whoever runs the scenario must not: that is no step that fails
            raise
        except InputError as error:
            places = "\n".join(words(each, self.reader) for each in error.problems)
            self.fail(f"患者资料或设置不被接受：\n{places}", f"the patient or the policy is refused:\n{places}")

    def evaluated(self) -> Evaluation:
        """Return the answer; fails where the scenario has not evaluated yet."""
        if self.answer is None:
            self.fail("还没有评估：请先写“当 评估”", "not evaluated yet: write 'When evaluated' first")
        return self.answer

    def matching(self, what: str) -> list[AdviceItem]:
        """Return the advice that an action, a rule id or a title names or, for other words, that says them.

        A part of a title or of a text is enough. Fails for words that no advice of this knowledge ever says.
        """
        knowledge = self.site.knowledge
        answer = self.evaluated().advice
        titles = {name: (one.title, *(title for _, title in one.alone)) for name, one in knowledge.actions.items()}
        actions = {name for name, named in titles.items() if fold(what) in (fold(name), *_folded(named))}
        rules = {rule.id for rule in knowledge.rules.values() if fold(what) in (fold(rule.id), *_folded([rule.title]))}
        if actions or rules:
            return [
                item
                for item in answer
                if item.action in actions
                or any(ground.rule in rules or rules.intersection(ground.supported_by) for ground in item.grounds)
            ]
        said = ((item, (item.title, item.text, *(ground.text for ground in item.grounds))) for item in answer)
        saying = [item for item, texts in said if any(fold(what) in text for text in _folded(texts))]
        if not saying and (unknown := unsaid(what, knowledge, self.reader)) is not None:
            raise StepFailed(unknown)
        return saying

    def waiting(self, what: str) -> str:
        """Return which rules that say some words do not fire, and what they lack; empty where there is none.

        Those that wait for something come first; those of other tumours than the patient's are left out.
        """
        rules, verdicts = self.site.knowledge.rules, self.evaluated().verdicts
        tumour = self.story.profile.get("diagnosis", {}).get("tumour_type")
        found: dict[str, list[str]] = {"undetermined": [], "silent": []}
        for rule, verdict in verdicts.items():
            one = rules[rule]
            says = any(fold(what) in text for text in (fold(rule), *_folded((one.title, one.then))))
            elsewhere = bool(tumour and one.tumours and tumour not in one.tumours and fold(what) != fold(rule))
            if verdict == "fires" or not says or elsewhere:
                continue
            lacks = self._lacking(rule)
            zh = f"，还缺：{lacks}" if lacks else f"；它的条件：oncocds rules {rule}"
            en = f", missing: {lacks}" if lacks else f"; what it asks: oncocds rules {rule}"
            found[verdict].append(
                self.say(
                    f"\n规则 {rule}（{one.title.zh}）{_VERDICTS[verdict]}{zh}",
                    f"\nrule {rule} ({one.title.en}) is {verdict}{en}",
                )
            )
        return "".join([*found["undetermined"], *found["silent"]][:_WAITING])

    def _lacking(self, rule: str) -> str:
        return self.reader.cells.listed(
            question.label.in_(self.language) for question in self.questions() if rule in question.would_decide
        )

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
        asks = self._lacking(rule)
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
            raise StepFailed("\n".join(mistakes))

    def questions(self) -> list[Question]:
        """Return every question, the clinician's first."""
        questions = self.evaluated().questions
        return [*questions.clinician, *questions.site]

    def by_id(self, fact: str) -> Bilingual:
        """Return what a fact is called where items are called by the ids that the scenario gave them."""
        return _labels(self.site.knowledge.vocabulary).chosen(fact, NOBODY)

    def remarks(self) -> list[tuple[str, str]]:
        """Return every remark of the answer in Chinese and English: labels, notes, flags, notices, contradictions."""
        answer = self.evaluated()
        grounds = [ground for item in answer.advice for ground in item.grounds]
        beside = [(each.zh, each.en) for ground in grounds for each in ground.notes]
        beside += [(each.zh, each.en) for ground in grounds for each in ground.flags]
        beside += [(each.label.zh, each.label.en) for each in grounds if each.label is not None]
        whole = [(each.text.zh, each.text.en) for each in answer.notices]
        whole += [(each.text.zh, each.text.en) for each in answer.data_conflicts]
        return list(dict.fromkeys([*beside, *whole]))

    def not_asked(self, fact: str, rule: str | None = None) -> list[str]:
        """Return what is wrong where a fact is not asked for (by one rule, if given): nothing, or one sentence."""
        asked = [q for q in self.questions() if rule is None or rule in (*q.would_decide, *q.asked_by)]
        vocabulary = self.reader.vocabulary
        for question in asked:
            # a field of a list's item may be named as such, whichever item it is asked of
            known = vocabulary.fields.get(_ITEM.sub("", question.fact))
            named = [word for label in (question.label, self.by_id(question.fact)) for word in (label.zh, label.en)]
            if fold(fact) in map(fold, (question.fact, *named, *(words_of(known) if known else ()))):
                return []
        labels = [word for each in asked for word in (each.fact, each.label.zh, each.label.en)]
        if (unknown := unknown_fact(fact, self.site.knowledge, self.reader, labels)) is not None:
            return [unknown]
        names = "、".join(question.label.in_(self.language) for question in asked)
        by = f" {rule} " if rule else ""
        return [
            self.say(
                f"{by}没有要求补充“{fact}”；要求补充的是：{names or '无'}",
                f"'{fact}' is not asked for{' by ' + rule if rule else ''}; asked for: {names or '-'}",
            ).strip()
        ]


Words = Mapping[str, str]
Check = Callable[[Case, Words, Rows], None]
"""A sentence about the answer: fails the step (``StepFailed``) where it is another one."""
