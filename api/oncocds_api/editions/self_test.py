"""What a worker must conclude before it answers anybody: the examples of the rules that call emergencies."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.engine import Engine
from oncocds.errors import EngineFault, InputError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Example, Rule
from oncocds.profile.policy import STRICT


def failed_self_test(engine: Engine) -> str | None:
    """Return what came out otherwise than the knowledge says; None where nothing did.

    Of each critical rule one example is evaluated for each verdict it has examples of, under the strict policy, by the
    very inference that will answer, whole and written as JSON. Knowledge without such rules is asked about nobody.
    """
    strict = engine.under(STRICT)
    try:
        strict.evaluate({}).model_dump_json()
        for rule, example in _critical(engine.knowledge):
            evaluation = strict.evaluate(example.given, example.policy)
            evaluation.model_dump_json()
            verdict = evaluation.verdicts[rule.id]
            if verdict != example.expect:
                return f"{rule.path}: the self-test found {rule.id} {verdict}, its example expects {example.expect}"
    except (InputError, EngineFault) as error:
        return f"the self-test failed ({type(error).__name__}): {str(error).splitlines()[0] if str(error) else ''}"
    return None


def _critical(knowledge: Knowledge) -> Iterator[tuple[Rule, Example]]:
    for rule in knowledge.rules.values():
        if rule.urgency == "critical":
            first = {example.expect: example for example in reversed(rule.examples)}
            yield from ((rule, example) for example in first.values())
