"""The examples that stand in the knowledge itself, run: of rules, of precedence, of notes, and whole answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncocds.advice.standing import answer_lines, notes_shown, standings
from oncocds.engine import Engine
from oncocds.errors import InputError, Issue
from oncocds.knowledge.answers import FILE, Answered, with_known
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import PRECEDENCE
from oncocds.knowledge.models import Example, Note, NoteExample, PrecedenceExample, Rule
from oncocds.profile.policy import STRICT
from oncocds.reading.marks import Mark, issue_in


def failed_examples(knowledge: Knowledge) -> list[Issue]:
    """Run all examples under the strict policy and return those that come out otherwise."""
    engine = Engine(knowledge, STRICT)
    issues: list[Issue] = []
    for entry in knowledge.precedence:
        for number, standing in enumerate(entry.examples, start=1):
            called = f"{entry.id}: example {number}"
            issues += _failed(PRECEDENCE, standing.mark, called, _standings(engine, standing))
    for note in knowledge.notes.values():
        for number, shown in enumerate(note.examples, start=1):
            issues += _failed(note.path, shown.mark, f"example {number}", _note(engine, note, shown))
    for rule in knowledge.rules.values():
        for number, example in enumerate(rule.examples, start=1):
            issues += _failed(rule.path, example.mark, f"example {number}", _verdict(engine, rule, example))
    return issues


def failed_answers(knowledge: Knowledge, answers: Sequence[Answered]) -> Iterator[Issue]:
    """Run the patients whose whole answer is stated; yield each line that is missing and each that nobody stated.

    Rules and notes that neither an answer nor one before it names do not count: they came later.
    """
    engine = Engine(knowledge, STRICT)
    for number, (stated, known) in enumerate(with_known(answers), start=1):
        yield from _failed(f"rules/{FILE}", stated.mark, f"answer {number}", _answer(engine, stated, known))


def _failed(path: str, mark: Mark | None, called: str, wrong: Iterator[str]) -> Iterator[Issue]:
    """Yield what is wrong with an example, found while it is asked for."""
    try:
        found = list(wrong)
    except InputError as error:
        found = [f" is refused: {error}"]
    yield from (issue_in(path, mark, called + words) for words in found)


def _verdict(engine: Engine, rule: Rule, example: Example) -> Iterator[str]:
    evaluation = engine.evaluate(example.given, example.policy, begin=False)
    verdict, questions = evaluation.verdicts[rule.id], evaluation.questions
    asked = {one.fact for one in (*questions.clinician, *questions.site) if rule.id in one.would_decide}
    if verdict != example.expect:
        yield f": {verdict}, expected {example.expect}"
    yield from (f" does not ask for {fact}" for fact in example.asks if fact not in asked)


def _answer(engine: Engine, stated: Answered, known: frozenset[str]) -> Iterator[str]:
    evaluation = engine.evaluate(stated.given, stated.policy, begin=False)
    found = answer_lines(evaluation.advice, evaluation.notices, known)
    if found != stated.stands:
        told = [f": expected: {one}" for one in stated.stands if one not in found]
        told += [f": found: {one}" for one in found if one not in stated.stands]
        yield from told or [": the lines stand in another order"]


def _standings(engine: Engine, example: PrecedenceExample) -> Iterator[str]:
    found = standings(engine.evaluate(example.given, example.policy, begin=False).advice)
    for expected, names in (("demoted", example.demoted), ("active", example.active)):
        for name in names:
            if found.get(name) != expected:
                standing = found.get(name, "no ground, or not everywhere the same")
                yield f": {name} is {standing}, expected {expected}"


def _note(engine: Engine, note: Note, example: NoteExample) -> Iterator[str]:
    evaluation = engine.evaluate(example.given, example.policy, begin=False)
    found = notes_shown(evaluation.advice, evaluation.notices).get(note.id)
    if (found is not None) is not example.shown:
        yield ": not shown, expected shown" if example.shown else ": shown, expected not shown"
    elif example.urgency not in (None, found):
        yield f": {found}, expected {example.urgency}"
