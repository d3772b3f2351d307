"""What learning a fact may do, and what questions are for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from oncocds.language.unparse import condition_text
from oncocds.proofs.claims.claim import Claim, Question, Shown, comes_to, fires, never, silent, undetermined
from oncocds.proofs.recorded import name_of
from oncocds.proofs.situation import Situation, read_by
from oncocds.proofs.supposed import KEEPING, TURNS
from oncocds.proofs.terms import all_of, either_of, negation_of
from oncocds.text import Text


class LearningNeverFlips(Claim):
    """A rule that fires does not fall silent by learning more, nor the other way round.

    Rules that ask whether a fact is known are meant to change with it, and declared facts may flip declared rules.
    """

    id = "learning-never-flips"
    says = Text("补充资料不会使结论反转", "Learning a missing fact never flips a verdict")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient whose verdict flips between the two states of knowledge, per rule and direction."""
        rules = [rule for rule in situation.knowledge.conditions if "is known" not in situation.reads(rule)]
        afterwards = {rule: situation.reading.rule(rule, "after") for rule in rules}
        for rule, after in afterwards.items():
            read, before = situation.reads(rule), situation.rule(rule)
            learns = situation.learns_inputs(situation.declared.may_turn(read))
            falls = all_of([before.true, after.false, learns])
            yield Question(f"{rule} falls silent", (rule,), falls, fires(rule), then=silent(rule))
            rises = all_of([before.false, after.true, learns])
            yield Question(f"{rule} comes to fire", (rule,), rises, silent(rule), then=fires(rule))


class ConditionsKeepTheirAnswers(Claim):
    """What a rule asks, once answered, keeps its answer whatever else is learnt: then rules over it do, too.

    For lists of any length: see ``docs/proofs.md``.
    """

    id = KEEPING
    says = Text(
        "规则所问的每个条件，一经判明，补充资料不改变",
        "Every condition a rule asks, once answered, keeps its answer as more is learnt",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient in whom a condition turns, or is open again, per condition."""
        for condition, rules in situation.asked().values():
            read = read_by(condition, situation.knowledge)
            if "is known" in read:
                continue
            before, after = situation.reading.condition(condition), situation.reading.condition(condition, "after")
            learns = situation.learns_inputs(situation.declared.may_turn(read))  # of what has been read by now
            decided = never(comes_to(condition, None))
            turns: list[tuple[Any, Shown, Shown]] = [
                (all_of([before.true, after.false]), comes_to(condition, True), comes_to(condition, False)),
                (all_of([before.false, after.true]), comes_to(condition, False), comes_to(condition, True)),
                (all_of([before.decided, after.unknown]), decided, comes_to(condition, None)),
            ]
            for what, (formula, shown, then) in zip(TURNS, turns, strict=True):
                subject = f"{condition_text(condition)} {what}"
                yield Question(subject, tuple(rules), all_of([formula, learns]), shown, then=then)


class OpenRulesAsk(Claim):
    """No undetermined rule is left without a question."""

    id = "open-rules-ask"
    says = Text("未定的规则必有提问", "No undetermined rule is left without a question")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient for whom a rule is open and asks for nothing."""
        for rule in situation.knowledge.conditions:
            read = situation.rule(rule)
            nothing = negation_of(either_of(read.missing.conditions.values()))
            yield Question(rule, (rule,), all_of([read.unknown, nothing]), undetermined(rule))


class QuestionsDecide(Claim):
    """Every missing fact a rule asks for can decide it: for some patient who is asked, its answer alone does."""

    id = "questions-decide"
    says = Text("每个提问都能改变结论", "Every question asked can change a verdict")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient per rule and fact (the first item's, for lists)."""
        for rule in situation.knowledge.conditions:
            before, after = situation.rule(rule), situation.reading.rule(rule, "after")
            done = set()
            for path, asked in before.missing.conditions.items():
                name = path if "[" not in path else name_of(path)
                if name in done or z3.is_false(asked):
                    continue
                done.add(name)
                # What is recorded and asked for all the same contradicts something, and can only be corrected.
                asks = all_of([before.unknown, asked, situation.reading.recorded.lacking(path)])
                formula = all_of([asks, after.decided, situation.reading.recorded.learns_only(path)])
                then = never(undetermined(rule))
                subject, open_ = f"{rule} asks {name}", undetermined(rule)
                yield Question(subject, (rule,), formula, open_, possible=True, then=then, unless=asks)
