"""What a proof says: a table of the claims, and each refuted one with its patient."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from oncocds.errors import InputError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.reading import read_policy
from oncocds.proofs.patients import Witness
from oncocds.proofs.prove import Outcome, Prover, Result
from oncocds.scenarios.writer import write_feature, write_scenario
from oncocds.text import Language

VERDICTS = ("fires", "silent", "undetermined")


def table(results: Iterable[Result], language: Language) -> Iterator[str]:
    """Yield the lines of the table as results come in."""
    yield f"{'claim':34}{'proved':>8}{'declared':>10}{'refuted':>9}{'seconds':>9}"
    for result in results:
        yield (
            f"{result.claim.id:34}{result.count('proved'):8}{result.count('declared'):10}{len(result.failed):9}"
            f"{result.seconds:9.1f}  {result.claim.says.in_(language)}"
        )


def summary(results: Iterable[Result], rules: int, seconds: float) -> str:
    """Return the last line: how many questions came out how, in how many seconds on the clock."""
    found = list(results)
    proved, declared, failed = (
        sum(result.count("proved") for result in found),
        sum(result.count("declared") for result in found),
        sum(len(result.failed) for result in found),
    )
    return (
        f"{len(found)} claims on {rules} rules: {proved} questions proved, {declared} declared exceptions, "
        f"{failed} refuted; {seconds:.0f} s"
    )


def witnesses(result: Result) -> Iterator[str]:
    """Yield the patients who show what a claim says is possible, each as profile JSON after what he shows."""
    for outcome in result.outcomes:
        if outcome.verdict == "proved" and outcome.states:
            patient, *later = (json.dumps(asdict(state), ensure_ascii=False) for state in outcome.states)
            yield f"✓ {result.claim.id}: {outcome.subject}: {' → '.join((patient, *later))}"


def details(result: Result, outcome: Outcome, language: Language, prover: Prover) -> Iterator[str]:
    """Yield the lines that tell why a claim is not proved for one subject: the patient as JSON and as a scenario."""
    says = result.claim.says.in_(language)
    yield f"✗ {result.claim.id}: {outcome.subject}: {outcome.verdict}  {outcome.why}".rstrip()
    yield f"  {says}"
    for name, witness in zip(("", " (later)"), outcome.states, strict=False):
        yield f"  profile{name}: {json.dumps(witness.profile, ensure_ascii=False)}"
        if witness.policy:
            yield f"  policy{name}:  {json.dumps(witness.policy, ensure_ascii=False)}"
    if outcome.states:
        yield from scenarios(outcome, says, prover).splitlines()


def scenarios(outcome: Outcome, title: str, prover: Prover) -> str:
    """Return the patient of an outcome as scenarios in Chinese, with what the rules in question come to.

    Empty where the engine refuses the profile, which then cannot be told.
    """
    try:
        told = [_scenario(outcome, witness, number, prover) for number, witness in enumerate(outcome.states, start=1)]
    except InputError:
        return ""
    return write_feature(title, told, "zh")


def _taken_away(knowledge: Knowledge) -> dict[str, None]:
    """Return the shipped settings as unset: a scenario is evaluated under them, a witness is not."""
    return {name: None for name, value in read_policy(knowledge.policy, knowledge.vocabulary) if value is not None}


def _scenario(outcome: Outcome, witness: Witness, number: int, prover: Prover) -> str:
    verdicts = prover.evaluate(witness).verdicts
    found = {verdict: [rule for rule in outcome.of if verdicts[rule] == verdict] for verdict in VERDICTS}
    return write_scenario(
        witness.profile,
        "zh",
        outcome.subject if number == 1 else f"{outcome.subject} ({number})",
        policy={**_taken_away(prover.situation.knowledge), **witness.policy},
        fires=found["fires"],
        silent=found["silent"],
        undetermined=found["undetermined"],
        knowledge=prover.situation.knowledge,
    )
