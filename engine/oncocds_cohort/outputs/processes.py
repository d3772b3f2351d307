"""The pieces of a file answered by several processes, begun once the rules are read.

Where it can be, each is a copy of the one that gives out the work: it shares modules, knowledge and plan with it, and
makes none of them again. A copy has one thread and the locks of all, so only a process of one thread is copied, and
only on Linux, which tells how many there are. Else each begins as a new interpreter and is given the plan.
"""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import TypeVarTuple

from oncocds.engine import Engine, as_prepared, plan_of
from oncocds.errors import EngineFault
from oncocds.profile.reading import read_policy
from oncocds.vocabulary.prepared import dumped, loaded
from oncocds_cohort.ahead import in_order
from oncocds_cohort.columns import Plan
from oncocds_cohort.garbage import passed_over
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.keeping import Kept
from oncocds_cohort.outputs.parts import Collector, Done
from oncocds_cohort.outputs.working import Working
from oncocds_cohort.reading.batches import Piece

_WAITING = 2  # pieces for each process
_TASKS = Path("/proc/self/task")
_Given = TypeVarTuple("_Given")


def by_processes(
    asked: Asked, make: Callable[[Asked], Collector], done: int, pieces: Iterator[Piece], kept: Kept | None
) -> Iterator[Done]:
    """Yield what pieces come to, in their order. Raises ``EngineFault`` where a process dies.

    ``make`` makes a collector and can be pickled, as what collectors return can; ``kept`` keeps what is finished.
    """
    begun = _copies(asked, make, done, kept) if of_one_thread() else _interpreters(asked, make, done)
    with begun as pool:
        try:
            yield from in_order((partial(_answered, piece) for piece in pieces), _WAITING * asked.jobs, pool)
        except BrokenProcessPool:
            rest = "nothing was written" if kept is None else "the same command goes on after what was finished"
            raise EngineFault(f"a process that answers for patients died (was there memory enough?); {rest}") from None
        finally:
            pool.shutdown(cancel_futures=True)


def of_one_thread() -> bool:
    """Tell whether this process is certain to have no thread but the one that asks, of native code's neither."""
    try:
        return len([*_TASKS.iterdir()]) == 1
    except OSError:  # no Linux
        return False


@contextmanager
def _copies(
    asked: Asked, make: Callable[[Asked], Collector], done: int, kept: Kept | None
) -> Iterator[ProcessPoolExecutor]:
    working = Working(asked, make(asked), done)
    working.prepare()
    with copies(asked.jobs, _go_on, working, kept) as pool:
        yield pool


@contextmanager
def copies(jobs: int, begin: Callable[[*_Given], None], *given: *_Given) -> Iterator[ProcessPoolExecutor]:
    """Have copies of this process, in each of which ``begin`` was called; it has one thread (``of_one_thread``)."""
    with passed_over():  # in the copies as well: whatever looks through what is shared makes a page of one's own of it
        pool = ProcessPoolExecutor(jobs, get_context("fork"), begin, given)
        pool.submit(os.getpid)  # all of them begin, before the pool has threads
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _interpreters(asked: Asked, make: Callable[[Asked], Collector], done: int) -> Iterator[ProcessPoolExecutor]:
    with tempfile.TemporaryDirectory(prefix="oncocds-cohort-") as folder:
        sent = Path(folder) / "work"
        pool = ProcessPoolExecutor(asked.jobs, get_context("spawn"), _begin, (sent,))
        for _ in range(asked.jobs):
            pool.submit(os.getpid)  # they begin, while the rules are read here
        try:
            sent.write_bytes(_packed(asked, make, done))
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _packed(asked: Asked, make: Callable[[Asked], Collector], done: int) -> bytes:
    """Return what the work is of; nothing of it is a patient's."""
    engines = [(one.knowledge, plan_of(one.knowledge), one.policy.model_dump()) for one in asked.engines]
    plans = [plan.packed for plan in asked.plans] if asked.by == "columns" else []
    return dumped((asked.source, engines, plans, asked.as_of, asked.by, asked.decide, asked.told(), make, done))


_SENT: Path | None = None
_WORKING: Working | None = None


def _go_on(working: Working, kept: Kept | None) -> None:
    """Take over, in a copy, what the work is of."""
    global _WORKING
    _WORKING = working
    if kept is not None:
        kept.let_go()
    belong()


def _begin(sent: Path) -> None:
    """Note where it stands what the work is of; that is read with the first piece, so that a failure is told."""
    global _SENT
    _SENT = sent
    belong()


def belong() -> None:
    """Let this process end with the one that gave out its work, and be ended by nobody else's keys."""
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
    source, engines, packed, as_of, by, decide, told, make, done = loaded(sent)
    made = tuple(
        Engine(as_prepared(knowledge, plan), read_policy(policy, knowledge.vocabulary))
        for knowledge, plan, policy in engines
    )
    plans = (Plan(one.knowledge, one.policy, as_of, terms) for one, terms in zip(made, packed, strict=False))
    asked = Asked(source, made, as_of, by, made=tuple(plans), decide=decide)
    if asked.told() != told:
        raise EngineFault("the modules or settings changed since the run began; nothing was written")
    return Working(asked, make(asked), done)
