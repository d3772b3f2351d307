"""The pieces of a file answered by several processes: each begins as a new interpreter and makes its plan once."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection, get_context, parent_process

from oncocds.engine import Engine
from oncocds.errors import EngineFault
from oncocds.profile.reading import read_policy
from oncocds.vocabulary.prepared import dumped, loaded
from oncocds_cohort.ahead import in_order
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.working import Collector, Done, Working
from oncocds_cohort.reading.batches import Piece

_WAITING = 2  # pieces for each process


def by_processes(
    asked: Asked, make: Callable[[Asked], Collector], done: int, pieces: Iterator[Piece], kept: bool
) -> Iterator[Done]:
    """Yield what pieces come to, in their order. Raises ``EngineFault`` where a process dies.

    ``make`` makes a collector and can be pickled, as what collectors return can; ``kept`` tells whether what is
    finished is kept.
    """
    engines = [(engine.knowledge, engine.policy.model_dump()) for engine in asked.engines]
    sent = dumped((asked.source, engines, asked.as_of, asked.by, asked.told(), make, done))
    # A new interpreter each: a copy of this one would hold locks of its threads. They begin as pieces come.
    pool = ProcessPoolExecutor(asked.jobs, get_context("spawn"), _begin, (sent,))
    try:
        yield from in_order((partial(_answered, piece) for piece in pieces), _WAITING * asked.jobs, pool)
    except BrokenProcessPool:
        rest = "the same command goes on after what was finished" if kept else "nothing was written"
        raise EngineFault(f"a process that answers for patients died (was there memory enough?); {rest}") from None


_SENT = b""
_WORKING: Working | None = None


def _begin(sent: bytes) -> None:
    """Take what the work is of; it is made ready with the first piece, so that a failure is told as any other."""
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
        _WORKING = _made(_SENT)
        gc.collect()
        gc.freeze()  # the knowledge and the plan stay: looking through them again and again would find nothing
    return _WORKING.answered(_WORKING.read(piece))


def _made(sent: bytes) -> Working:
    source, engines, as_of, by, told, make, done = loaded(sent)
    made = tuple(Engine(knowledge, read_policy(policy, knowledge.vocabulary)) for knowledge, policy in engines)
    asked = Asked(source, made, as_of, by)
    if asked.told() != told:
        raise EngineFault("the modules or settings changed since the run began; nothing was written")
    return Working(asked, make(asked), done)
