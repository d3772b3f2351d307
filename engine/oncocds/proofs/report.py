"""What a proof says: a table of the claims, and each refuted one with its patient."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from oncocds.errors import InputError
from oncocds.proofs.prove import Outcome, Prover, Result
from oncocds.text import Language

VERDICTS = ("fires", "silent", "undetermined")


def table(results: Iterable[Result], language: Language) -> Iterator[str]:
    """Yield the lines of the table as results come in."""
    yield f"{'claim':34}{'proved':>8}{'declared':>10}{'refuted':>9}{'seconds':>9}"
    for result in results:
        refuted = result.count("refuted", "not replayed", "open")
        yield (
            f"{result.claim.id:34}{result.count('proved'):8}{result.count('declared'):10}{refuted:9}"
            f"{result.seconds:9.1f}  {result.claim.says.in_(language)}"
        )


def details(result: Result, outcome: Outcome, language: Language, prover: Prover) -> Iterator[str]:
    """Yield the lines that tell why a claim is not proved for one subject: the patient as JSON and as a scenario."""
    says = result.claim.says.in_(language)
    yield f"✗ {result.claim.id}: {outcome.question.subject}: {outcome.verdict}  {outcome.why}".rstrip()
    yield f"  {says}"
    if outcome.witness is not None:
        yield f"  profile: {json.dumps(outcome.witness.profile, ensure_ascii=False)}"
        if outcome.witness.policy:
            yield f"  policy:  {json.dumps(outcome.witness.policy, ensure_ascii=False)}"
        yield from scenario(outcome, says, prover).splitlines()


def scenario(outcome: Outcome, title: str, prover: Prover) -> str:
    """Return the patient of an outcome as a scenario in Chinese, with what the rules in question come to.

    Empty where the engine refuses the profile, which then cannot be told.
    """
    from oncocds.scenarios.writer import write_feature, write_scenario

    witness = outcome.witness
    assert witness is not None
    try:
        verdicts = prover.evaluate(witness).verdicts
    except InputError:
        return ""
    found = {verdict: [rule for rule in outcome.question.of if verdicts[rule] == verdict] for verdict in VERDICTS}
    told = write_scenario(
        witness.profile,
        "zh",
        outcome.question.subject,
        policy=witness.policy,
        fires=found["fires"],
        silent=found["silent"],
        undetermined=found["undetermined"],
        knowledge=prover.situation.knowledge,
    )
    return write_feature(title, [told], "zh")
