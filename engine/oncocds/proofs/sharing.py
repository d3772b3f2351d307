"""Proving on several cores: each process reads the rules by itself and takes its share of every claim's questions."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from pathlib import Path

from oncocds.engine import directories, load_bundled_or
from oncocds.proofs.claims import all_claims
from oncocds.proofs.claims.claim import Claim
from oncocds.proofs.declared import read_declared
from oncocds.proofs.prove import Outcome, Prover, Result


@cache
def prover_of(knowledge_dir: Path | None) -> Prover:
    """Return a prover of the knowledge in a directory, by default of the bundled one.

    Raises ``KnowledgeError`` for what cannot be read, ``UnreadableError`` for a derived fact that has no SMT reading.
    """
    knowledge = load_bundled_or(knowledge_dir)
    return Prover(knowledge, read_declared(directories(knowledge_dir)[0], knowledge))


def shared_results(knowledge_dir: Path | None, claims: tuple[Claim, ...], jobs: int) -> Iterator[Result]:
    """Yield the result of each claim as soon as it is there, in order; seconds are those of all processes together."""
    if jobs == 1:
        yield from prover_of(knowledge_dir).results(claims)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as processes:
        waiting = [
            [processes.submit(_share, knowledge_dir, claim.id, share, jobs) for share in range(jobs)]
            for claim in claims
        ]
        for claim, parts in zip(claims, waiting, strict=True):
            yield _joined(claim, parts)


def _share(knowledge_dir: Path | None, claim: str, share: int, jobs: int) -> tuple[list[Outcome], float]:
    claims = tuple(one for one in all_claims() if one.id == claim)
    (result,) = prover_of(knowledge_dir).results(claims, lambda number, _: number % jobs == share)
    return result.outcomes, result.seconds


def _joined(claim: Claim, parts: list[Future[tuple[list[Outcome], float]]]) -> Result:
    found = [part.result() for part in parts]
    count = sum(len(outcomes) for outcomes, _ in found)
    in_order = [found[number % len(found)][0][number // len(found)] for number in range(count)]
    return Result(claim, in_order, sum(seconds for _, seconds in found))
