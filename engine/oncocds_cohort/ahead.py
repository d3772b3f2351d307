"""Work done in threads or processes ahead of who takes it, in its order, and never more of it than can be kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


def in_order(work: Iterator[Callable[[], _Result]], ahead: int, pool: Executor | None = None) -> Iterator[_Result]:
    """Yield what each call returns, in their order; ``ahead`` of them are made in threads of their own (0: none).

    With a ``pool`` they are made there, and the pool is closed at the end. Where ``work`` itself or the pool
    fails, what was done before comes first.
    """
    if not ahead:
        for call in work:
            yield call()
        return
    pool = ThreadPoolExecutor(ahead, thread_name_prefix="oncocds-cohort") if pool is None else pool
    waiting: deque[Future[_Result]] = deque()
    failed: Exception | None = None
    try:
        while True:
            try:
                waiting.append(pool.submit(next(work)))
            except StopIteration:
                break
            except Exception as error:
                failed = error
                break
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if failed is not None:
            raise failed
    finally:
        pool.shutdown(cancel_futures=True)
