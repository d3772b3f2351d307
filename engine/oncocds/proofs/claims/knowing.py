"""What learning a fact may do, and what questions are for."""

from __future__ import annotations

from collections.abc import Iterator

import z3

from oncocds.proofs.claims.claim import Claim, Question, fires, never, silent, undetermined
from oncocds.proofs.facts import name_of
from oncocds.proofs.situation import Situation
from oncocds.proofs.symbols import all_of, either_of, negation_of
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
            declared = [flip for flip in situation.declared.flips if read & set(flip.reading)]
            but = [fact for flip in declared for fact in flip.learning]
            learns = situation.learns_inputs(but)
            falls = all_of([before.true, after.false, learns])
            yield Question(f"{rule} falls silent", (rule,), falls, fires(rule), then=silent(rule))
            rises = all_of([before.false, after.true, learns])
            yield Question(f"{rule} comes to fire", (rule,), rises, silent(rule), then=fires(rule))


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
                asks = all_of([before.unknown, asked, z3.Not(situation.reading.recorded.known(path, "before"))])
                formula = all_of([asks, after.decided, situation.reading.recorded.learns_only(path)])
                then = never(undetermined(rule))
                subject, open_ = f"{rule} asks {name}", undetermined(rule)
                yield Question(subject, (rule,), formula, open_, possible=True, then=then, unless=asks)
