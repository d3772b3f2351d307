"""The pieces of a file answered by several processes: each begins as a new interpreter and is given the plan once."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection, get_context, parent_process
from pathlib import Path

from oncocds.engine import Engine, as_prepared, plan_of
from oncocds.errors import EngineFault
from oncocds.profile.reading import read_policy
from oncocds.vocabulary.prepared import dumped, loaded
from oncocds_cohort.ahead import in_order
from oncocds_cohort.columns import Plan
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.parts import Collector, Done
from oncocds_cohort.outputs.working import Working
from oncocds_cohort.reading.batches import Piece

_WAITING = 2  # pieces for each process


def by_processes(
    asked: Asked, make: Callable[[Asked], Collector], done: int, pieces: Iterator[Piece], kept: bool
) -> Iterator[Done]:
    """Yield what pieces come to, in their order. Raises ``EngineFault`` where a process dies.

    ``make`` makes a collector and can be pickled, as what collectors return can; ``kept`` tells whether what is
    finished is kept.
    """
    with tempfile.TemporaryDirectory(prefix="oncocds-cohort-") as folder:
        sent = Path(folder) / "work"
        # A new interpreter each: a copy of this one would hold locks of its threads.
        pool = ProcessPoolExecutor(asked.jobs, get_context("spawn"), _begin, (sent,))
        try:
            for _ in range(asked.jobs):
                pool.submit(os.getpid)  # they begin, while the rules are read here
            sent.write_bytes(_packed(asked, make, done))
            yield from in_order((partial(_answered, piece) for piece in pieces), _WAITING * asked.jobs, pool)
        except BrokenProcessPool:
            rest = "the same command goes on after what was finished" if kept else "nothing was written"
            raise EngineFault(f"a process that answers for patients died (was there memory enough?); {rest}") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _packed(asked: Asked, make: Callable[[Asked], Collector], done: int) -> bytes:
    """Return what the work is of; nothing of it is a patient's."""
    engines = [(one.knowledge, plan_of(one.knowledge), one.policy.model_dump()) for one in asked.engines]
    plans = [plan.packed for plan in asked.plans] if asked.by == "columns" else []
    return dumped((asked.source, engines, plans, asked.as_of, asked.by, asked.told(), make, done))


_SENT: Path | None = None
_WORKING: Working | None = None


def _begin(sent: Path) -> None:
    """Note where it stands what the work is of; that is read with the first piece, so that a failure is told."""
    global _SENT
    _SENT = sent
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who gives out the work ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that gave out the work is gone, however that ended: nobody waits for it."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _answered(piece: Piece) -> Done:
    global _WORKING
    if _WORKING is None:
        assert _SENT is not None
        _WORKING = _made(_SENT.read_bytes())
        gc.collect()
        gc.freeze()  # the knowledge and the plan stay: looking through them again and again would find nothing
    return _WORKING.answered(_WORKING.read(piece))


def _made(sent: bytes) -> Working:
    source, engines, packed, as_of, by, told, make, done = loaded(sent)
    made = tuple(
        Engine(as_prepared(knowledge, plan), read_policy(policy, knowledge.vocabulary))
        for knowledge, plan, policy in engines
    )
    plans = (Plan(one.knowledge, one.policy, as_of, terms) for one, terms in zip(made, packed, strict=False))
    asked = Asked(source, made, as_of, by, made=tuple(plans))
    if asked.told() != told:
        raise EngineFault("the modules or settings changed since the run began; nothing was written")
    return Working(asked, make(asked), done)
