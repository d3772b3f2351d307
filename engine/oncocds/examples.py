"""The examples that stand in the knowledge itself, run: of rules, of precedence, of notes, and whole answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncocds.advice.standing import answer_lines, notes_shown, standings
from oncocds.engine import Engine
from oncocds.errors import InputError, Issue
from oncocds.knowledge.answers import FILE, Answered, with_known
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import PRECEDENCE
from oncocds.profile.policy import STRICT


def failed_examples(knowledge: Knowledge) -> list[Issue]:
    """Run all examples under the strict policy and return those that come out otherwise."""
    engine = Engine(knowledge, STRICT)
    issues = [*_failed_standings(engine), *_failed_notes(engine)]
    for rule in knowledge.rules.values():
        for number, example in enumerate(rule.examples, start=1):
            line, column = (example.mark.line, example.mark.column) if example.mark else (1, 1)
            try:
                evaluation = engine.evaluate(example.given, example.policy, begin=False)
            except InputError as error:
                issues.append(Issue(rule.path, line, column, f"example {number} is refused: {error}"))
                continue
            verdict = evaluation.verdicts[rule.id]
            asked = {
                question.fact
                for question in (*evaluation.questions.clinician, *evaluation.questions.site)
                if rule.id in question.would_decide
            }
            if verdict != example.expect:
                issues.append(Issue(rule.path, line, column, f"example {number}: {verdict}, expected {example.expect}"))
            issues.extend(
                Issue(rule.path, line, column, f"example {number} does not ask for {fact}")
                for fact in example.asks
                if fact not in asked
            )
    return issues


def failed_answers(knowledge: Knowledge, answers: Sequence[Answered]) -> Iterator[Issue]:
    """Run the patients whose whole answer is stated; yield each line that is missing and each that nobody stated.

    Rules and notes that neither an answer nor one before it names do not count: they came later.
    """
    engine = Engine(knowledge, STRICT)
    for number, (stated, known) in enumerate(with_known(answers), start=1):
        line, column = (stated.mark.line, stated.mark.column) if stated.mark else (1, 1)
        try:
            evaluation = engine.evaluate(stated.given, stated.policy, begin=False)
        except InputError as error:
            yield Issue(f"rules/{FILE}", line, column, f"answer {number} is refused: {error}")
            continue
        found = answer_lines(evaluation.advice, evaluation.notices, known)
        if found == stated.stands:
            continue
        told = [f"expected: {one}" for one in stated.stands if one not in found]
        told += [f"found: {one}" for one in found if one not in stated.stands]
        for words in told or ["the lines stand in another order"]:
            yield Issue(f"rules/{FILE}", line, column, f"answer {number}: {words}")


def _failed_standings(engine: Engine) -> Iterator[Issue]:
    for entry in engine.knowledge.precedence:
        for number, example in enumerate(entry.examples, start=1):
            line, column = (example.mark.line, example.mark.column) if example.mark else (1, 1)
            what = f"{entry.id}: example {number}"
            try:
                found = standings(engine.evaluate(example.given, example.policy, begin=False).advice)
            except InputError as error:
                yield Issue(PRECEDENCE, line, column, f"{what} is refused: {error}")
                continue
            for expected, names in (("demoted", example.demoted), ("active", example.active)):
                for name in names:
                    if found.get(name) != expected:
                        words = f"{what}: {name} is {found.get(name, 'no ground, or not everywhere the same')}"
                        yield Issue(PRECEDENCE, line, column, f"{words}, expected {expected}")


def _failed_notes(engine: Engine) -> Iterator[Issue]:
    for note in engine.knowledge.notes.values():
        for number, example in enumerate(note.examples, start=1):
            line, column = (example.mark.line, example.mark.column) if example.mark else (1, 1)
            try:
                evaluation = engine.evaluate(example.given, example.policy, begin=False)
            except InputError as error:
                yield Issue(note.path, line, column, f"example {number} is refused: {error}")
                continue
            found = notes_shown(evaluation.advice, evaluation.notices).get(note.id)
            if (found is not None) is not example.shown:
                expected = "not shown, expected shown" if example.shown else "shown, expected not shown"
                yield Issue(note.path, line, column, f"example {number}: {expected}")
            elif example.urgency not in (None, found):
                yield Issue(note.path, line, column, f"example {number}: {found}, expected {example.urgency}")
