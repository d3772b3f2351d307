"""Work done in threads ahead of who takes it, in its order, and never more of it than can be kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


def in_order(work: Iterator[Callable[[], _Result]], ahead: int) -> Iterator[_Result]:
    """Yield what each call returns, in their order; ``ahead`` of them are made in threads of their own (0: none)."""
    if not ahead:
        for call in work:
            yield call()
        return
    pool = ThreadPoolExecutor(ahead, thread_name_prefix="oncocds-cohort")
    waiting: deque[Future[_Result]] = deque()
    try:
        for call in work:
            waiting.append(pool.submit(call))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
