"""``oncocds prove`` and ``oncocds mutants``: claims about every patient, and how well the rules are pinned down."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncocds.cli.refused import unknown
from oncocds.knowledge.knowledge import Knowledge

if TYPE_CHECKING:
    from oncocds.proofs.declared import Declared
    from oncocds.proofs.mutants import Mutant, Stated
    from oncocds.proofs.prove import Prover


def prove(options: argparse.Namespace) -> int:
    """Prove every claim, or some; print the table, and each refuted claim with its patient.

    Raises ``ModuleNotFoundError`` without the extra ``proofs``.
    """
    from oncocds.proofs.claims import all_claims
    from oncocds.proofs.prove import Result
    from oncocds.proofs.report import details, summary, table, witnesses
    from oncocds.proofs.sharing import prover_of, shared_results

    known = {claim.id: claim for claim in all_claims()}
    for name in options.claim or ():
        if name not in known:
            raise unknown("claim", name, known, f"; known: {', '.join(known)}")
    claims = tuple(claim for name, claim in known.items() if not options.claim or name in options.claim)
    prover = prover_of(options.knowledge)
    results: list[Result] = []

    def kept() -> Iterator[Result]:
        for result in shared_results(options.knowledge, claims, options.jobs or os.cpu_count() or 1):
            results.append(result)
            yield result

    started = time.perf_counter()
    for line in table(kept(), options.lang):
        print(line, flush=True)
    for result in results:
        for line in witnesses(result) if options.witnesses else ():
            print(line)
        for outcome in result.failed:
            print()
            print("\n".join(details(result, outcome, options.lang, prover)))
    declared = prover.situation.declared
    subjects = {one.claim.id: [o.subject for o in one.outcomes if o.verdict == "declared"] for one in results}
    unneeded = _unneeded(declared, subjects)
    print(summary(results, len(prover.situation.knowledge.conditions), time.perf_counter() - started))
    return 1 if unneeded or any(result.failed for result in results) else 0


def mutants(options: argparse.Namespace) -> int:
    """Judge the mutants of every rule, action, precedence entry, note and table, or of some; print survivors and score.

    Each survivor comes with a patient who tells it from what is in force.

    Raises ``ModuleNotFoundError`` without the extra ``proofs``.
    """
    from oncocds.engine import directories
    from oncocds.knowledge.answers import read_answers
    from oncocds.proofs.answer_mutants import Answering
    from oncocds.proofs.derived_mutants import table_subjects
    from oncocds.proofs.mutants import Killing, stated_by_examples
    from oncocds.proofs.shaping_mutants import Shaping
    from oncocds.proofs.sharing import prover_of

    prover = prover_of(options.knowledge)
    knowledge = prover.situation.knowledge
    shaping = Shaping(prover)
    answering = Answering(prover, read_answers(directories(options.knowledge)[0]))
    tables = table_subjects(knowledge.vocabulary)
    known = (*knowledge.rules, *shaping.subjects(), *knowledge.actions, *tables)
    for name in options.rule:
        if name not in known:
            raise unknown("rule, action, precedence entry, note, table or number", name, known)
    stated = [*stated_by_examples(knowledge), *_scenarios(options.scenarios, knowledge)]
    killing = Killing(prover, stated)
    fates: Counter[str] = Counter()
    explained: list[str] = []
    for name in options.rule or known:
        rule = knowledge.rules.get(name)
        judged = _of_table(name, prover) if name in tables else shaping.judge(name)
        if rule is not None:
            judged = killing.judge(rule) if rule.when is not None else iter(())
        for mutant in chain(judged, answering.judge(name)):
            fates[mutant.fate] += 1
            if mutant.fate == "declared":
                explained.append(f"{mutant.rule}: {mutant.change}")
            if mutant.fate == "survived":
                print(_survivor(mutant), flush=True)
    total = sum(fates.values())
    caught = fates["killed"] + fates["equivalent"]
    print(
        f"{total} mutants: {fates['killed']} killed, {fates['equivalent']} proved to say the same, "
        f"{fates['declared']} explained, {fates['survived']} survived; score {caught / total if total else 1:.1%}"
    )
    unneeded = not options.rule and _unneeded(prover.situation.declared, {"mutants": explained})
    return 1 if unneeded or fates["survived"] else 0


def _of_table(subject: str, prover: Prover) -> Iterator[Mutant]:
    """Yield what becomes of the changes of a table or number that derived facts use."""
    from oncocds.proofs.derived_mutants import changed_tables, notices
    from oncocds.proofs.mutants import Mutant, survivor

    for change, vocabulary in changed_tables(subject, prover.situation.knowledge.vocabulary):
        killed = notices(subject, vocabulary)
        yield Mutant(subject, change, "killed") if killed else survivor(prover, subject, change)


def _unneeded(declared: Declared, subjects: Mapping[str, Iterable[str]]) -> bool:
    """Name the declared exceptions that nothing needs any more; tell whether there are any."""
    found = declared.unneeded(subjects)
    for one in found:
        print(f"✗ rules/claims.yaml: no exception is needed for {one.claim}: {one.subject}")
    return bool(found)


def _scenarios(path: Path | None, knowledge: Knowledge) -> Iterator[Stated]:
    """Yield the patients of a file of scenarios with what each says of every rule."""
    from oncocds.proofs.mutants import Stated

    cases: list[dict[str, Any]] = [] if path is None else json.loads(path.read_text("utf-8"))
    for case in cases:
        verdicts = {
            rule: True if rule in case["fires"] else None if rule in case["undetermined"] else False
            for rule in knowledge.conditions
        }
        yield Stated(case["patient"], case["policy"], verdicts)


def _survivor(mutant: Mutant) -> str:
    lines = [f"✗ {mutant.rule}: {mutant.change}"]
    if mutant.witness is not None:
        lines.append(f"  - given: {json.dumps(mutant.witness.profile, ensure_ascii=False)}")
        if mutant.witness.policy:
            lines.append(f"    policy: {json.dumps(mutant.witness.policy, ensure_ascii=False)}")
        lines.append(f"    expect: {mutant.says}  # the mutant says: {mutant.would_say}")
    return "\n".join(lines)
