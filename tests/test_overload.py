"""More requests than the workers can take: who waits, who is refused at once, who goes first, and who has gone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.testclient import TestClient

from oncocds_api.app import create_app
from oncocds_api.evaluations.evaluations import asked, failed
from oncocds_api.security.callers import Callers
from oncocds_api.security.guards import Answered
from oncocds_api.settings.limits import Limits
from oncocds_api.settings.settings import Settings
from oncocds_api.workers.frames import packed
from oncocds_api.workers.turns import Overloaded, Rank, Turns, default_length
from oncocds_api.workers.workers import Workers
from patience import SECONDS

HOOK, EVALUATION, LATER = Rank
READY = packed({"outcome": "ready", "identity": "same"}, b"")
DONE = packed({"outcome": "done"}, b"")
NOTING = f"""
import pathlib, struct, sys, time
folder, source, answers = pathlib.Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer
def write(frame): answers.write(frame); answers.flush()
write({READY!r})
while head := source.read(4):
    body = source.read(struct.unpack(">I", head)[0]).partition(b"\\n")[2].decode()
    with (folder / "begun").open("a") as begun: begun.write(body + "\\n")
    while body.startswith("held") and not (folder / "go").exists(): time.sleep(0.01)
    write({DONE!r})
"""
"""A worker that notes what it begins, and holds what asks for it until a file is there."""


def turns(workers: int = 2, length: int = 10, idle: int = 0, background: int = 0) -> Turns[int]:
    made: Turns[int] = Turns(workers, length, lambda worker: worker >= 0, background)
    for worker in range(idle):
        made.put_nowait(worker)
    return made


def taking(queue: Turns[int], rank: Rank, size: int = 1) -> asyncio.Task[int]:
    return asyncio.create_task(queue.take(rank, size))


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.01)


def test_beyond_its_length_the_queue_refuses_at_once() -> None:
    async def run() -> None:
        queue = turns(length=2)
        first, second = taking(queue, EVALUATION), taking(queue, EVALUATION)
        await settled()
        with pytest.raises(Overloaded):
            await queue.take(EVALUATION, 1)
        queue.put_nowait(7)
        assert await first == 7
        third = taking(queue, EVALUATION)
        await settled()
        assert not second.done()
        assert not third.done()
        assert queue.waiting(EVALUATION) == 2

    asyncio.run(run())


def test_what_waits_is_bounded_in_bytes_too_and_one_request_always_has_room() -> None:
    async def run() -> None:
        queue, large = turns(), 200 << 20
        first = taking(queue, EVALUATION, large)
        await settled()
        with pytest.raises(Overloaded):
            await queue.take(EVALUATION, 1)
        queue.put_nowait(1)
        assert await first == 1
        assert taking(queue, EVALUATION, large) is not None
        await settled()
        assert queue.waiting(EVALUATION) == 1

    asyncio.run(run())


def test_hooks_go_before_evaluations_and_these_before_explanations() -> None:
    async def run() -> None:
        queue, order = turns(workers=3), []

        async def one(rank: Rank, name: str) -> None:
            await queue.take(rank, 1)
            order.append(name)

        named = [(LATER, "l"), (EVALUATION, "e1"), (EVALUATION, "e2"), (HOOK, "h")]
        tasks = [asyncio.create_task(one(rank, name)) for rank, name in named]
        await settled()
        for worker in range(4):
            queue.put_nowait(worker)
        await asyncio.gather(*tasks)
        assert order == ["h", "e1", "e2", "l"]

    asyncio.run(run())


def test_a_hook_finds_room_in_a_full_queue_what_came_last_and_matters_least_is_refused() -> None:
    async def run() -> None:
        queue = turns(length=3)
        early, late, explanation = taking(queue, EVALUATION), taking(queue, EVALUATION), taking(queue, LATER)
        await settled()
        hooks = [taking(queue, HOOK), taking(queue, HOOK)]
        await settled()
        with pytest.raises(Overloaded):
            await explanation
        with pytest.raises(Overloaded):
            await late
        assert not early.done()
        assert not any(hook.done() for hook in hooks)

    asyncio.run(run())


def test_explanations_never_have_the_last_worker() -> None:
    async def run() -> None:
        queue = turns(workers=2, idle=2)
        assert await queue.take(LATER, 1) == 0
        second = taking(queue, LATER)
        await settled()
        assert not second.done()
        assert await queue.take(EVALUATION, 1) == 1
        queue.put_nowait(1)
        await settled()
        assert not second.done()
        queue.end(LATER)
        assert await second == 1

    asyncio.run(run())


def test_with_one_worker_explanations_share_it() -> None:
    assert asyncio.run(turns(workers=1, idle=1).take(LATER, 1)) == 0


def test_workers_of_its_own_are_never_without_what_can_wait_nor_has_it_others() -> None:
    async def run() -> None:
        queue = turns(workers=3, idle=3, background=1)
        later = [taking(queue, LATER) for _ in range(2)]
        await settled()
        assert [one.done() for one in later] == [True, False]
        now = [taking(queue, rank) for rank in (HOOK, EVALUATION, EVALUATION)]
        await settled()
        assert [one.done() for one in now] == [True, True, False]
        queue.put_nowait(later[0].result())
        queue.end(LATER)
        await settled()
        assert [later[1].done(), now[2].done()] == [True, False]
        queue.put_nowait(now[0].result())
        queue.end(HOOK)
        await settled()
        assert now[2].done()

    asyncio.run(run())


def test_a_worker_that_died_idle_is_nobodys_turn() -> None:
    async def run() -> None:
        queue = turns()
        queue.put_nowait(-1)
        queue.put_nowait(5)
        assert await queue.take(EVALUATION, 1) == 5

    asyncio.run(run())


@settings(max_examples=60)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("take"), st.sampled_from(Rank)),
            st.tuples(st.sampled_from(["put", "cancel", "both"]), st.integers(0, 5)),
        ),
        max_size=30,
    ),
    workers=st.integers(1, 3),
    length=st.integers(1, 4),
    background=st.integers(0, 2),
)
def test_no_worker_and_no_caller_is_lost_whatever_happens_in_whatever_order(
    steps: list[tuple[str, int]], workers: int, length: int, background: int
) -> None:
    async def run() -> None:
        queue = turns(workers + background, length, workers + background, background)
        tasks: list[tuple[Rank, asyncio.Task[int]]] = []

        def give_back(which: int) -> None:
            done = [one for one in tasks if one[1].done() and not one[1].cancelled() and not one[1].exception()]
            if done:
                rank, task = done[which % len(done)]
                tasks.remove((rank, task))
                queue.put_nowait(task.result())
                queue.end(rank)

        def cancel(which: int) -> None:
            if tasks:
                tasks[which % len(tasks)][1].cancel()

        for name, value in steps:
            if name == "take":
                tasks.append((Rank(value), taking(queue, Rank(value))))
            if name in ("put", "both"):
                give_back(value)
            if name in ("cancel", "both"):  # in the very moment in which a worker becomes free
                cancel(value)
            if name != "both":
                await settled()
            assert sum(map(queue.waiting, Rank)) <= length
        await settled()
        while any(not task.done() for _, task in tasks):
            assert any(task.done() and not task.cancelled() and not task.exception() for _, task in tasks)
            give_back(0)
            await settled()
        while any(task.done() and not task.cancelled() and not task.exception() for _, task in tasks):
            give_back(0)
        for _, task in tasks:
            assert task.cancelled() or isinstance(task.exception(), Overloaded)
        idle = {queue.get_nowait() for _ in range(workers + background)}
        assert idle == set(range(workers + background))
        assert queue.empty()

    asyncio.run(run())


def test_the_queue_is_as_long_as_is_worked_off_within_the_time_limit() -> None:
    assert default_length(2, 5.0) == 100
    assert default_length(1, 0.01) == 1


@asynccontextmanager
async def pool(folder: Path, count: int = 1, queue: int | None = None) -> AsyncIterator[Workers]:
    workers = Workers([sys.executable, "-c", NOTING, str(folder)], count, SECONDS, "same", queue)
    workers.start()
    try:
        await workers.work("evaluation", b"first")
        yield workers
    finally:
        await workers.stop()


def begun(folder: Path) -> list[str]:
    file = folder / "begun"
    return file.read_text().split() if file.exists() else []


class Client:
    """Sends nothing more, and hangs up when told to."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.request = Request({"type": "http", "headers": []}, self._receive)

    async def _receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


def test_work_whose_client_has_gone_is_not_begun(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool(tmp_path) as workers:
            staying, leaving = Client(), Client()
            first = asyncio.create_task(asked(workers, "evaluation", b"held", staying.request))
            await until(lambda: "held" in begun(tmp_path))
            second = asyncio.create_task(asked(workers, "evaluation", b"abandoned", leaving.request))
            await until(lambda: workers.waiting(EVALUATION) == 1)
            leaving.gone.set()
            with pytest.raises(Answered):
                await second
            assert workers.waiting(EVALUATION) == 0
            (tmp_path / "go").touch()
            assert (await first)[0] == {"outcome": "done"}
            await workers.work("evaluation", b"next")
        assert begun(tmp_path) == ["first", "held", "next"]

    asyncio.run(run())


def test_a_worker_whose_client_has_gone_ends_its_work_and_takes_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with pool(tmp_path) as workers:
            leaving = Client()
            first = asyncio.create_task(asked(workers, "evaluation", b"held", leaving.request))
            await until(lambda: "held" in begun(tmp_path))
            leaving.gone.set()
            with pytest.raises(Answered) as answered:
                await first
            assert answered.value.response.status_code == 499
            (tmp_path / "go").touch()
            await workers.work("evaluation", b"next")
        assert begun(tmp_path) == ["first", "held", "next"]

    asyncio.run(run())
    assert not caplog.records


def test_beyond_the_queue_a_503_says_when_to_come_again_and_the_others_are_answered(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool(tmp_path, queue=1) as workers:
            client = Client()
            tasks = [
                asyncio.create_task(asked(workers, "evaluation", body, client.request))
                for body in (b"held-1", b"held-2", b"held-3")
            ]
            await until(lambda: any(task.done() for task in tasks))
            assert [task.done() for task in tasks] == [False, False, True]
            assert tasks[2].result()[0] == {"outcome": "fault", "type": "overloaded"}
            (tmp_path / "go").touch()
            await asyncio.gather(*tasks)

    asyncio.run(run())
    told = failed({"outcome": "fault", "type": "overloaded"})
    assert told.status_code == 503
    assert told.headers["retry-after"] == "1"
    assert b"Nothing was evaluated" in told.body


def callers(**limits: Any) -> tuple[Callers, list[float]]:
    now = [0.0]
    return Callers(Limits(**limits), lambda: now[0]), now


def test_a_caller_has_a_burst_then_a_rate_and_is_told_when_to_come_again() -> None:
    counted, now = callers(per_second=0.5, burst=3)
    assert [counted.enter("his") for _ in range(4)] == [None, None, None, 2]
    assert counted.enter("lab") is None
    now[0] = 1.9
    assert counted.enter("his") == 1
    now[0] = 2.0
    assert counted.enter("his") is None
    now[0] = 1000.0
    assert [counted.enter("his") for _ in range(4)] == [None, None, None, 2]


def test_a_caller_has_so_many_at_once() -> None:
    counted, _ = callers(at_once=2)
    assert [counted.enter("his") for _ in range(3)] == [None, None, 1]
    assert counted.enter("lab") is None
    counted.leave("his")
    assert counted.enter("his") is None


def test_without_limits_a_caller_has_none() -> None:
    counted, _ = callers()
    assert {counted.enter("his") for _ in range(1000)} == {None}


def test_the_servers_background_workers_are_beside_the_others() -> None:
    made = create_app(workers=2, settings=Settings(background_workers=1, audit="off"))
    assert made.state.editions.current.pool.count == 3


def test_over_http_each_key_has_its_own_limit_and_what_ended_counts_no_more() -> None:
    keys: Any = {"his": "h" * 16, "lab": "l" * 16}
    made = create_app(settings=Settings(api_keys=keys, limits=Limits(at_once=1), audit="off"))
    client = TestClient(made)  # without its workers: a body that is no JSON needs none

    def status(key: str) -> int:
        return client.post("/v1/evaluations", content=b"", headers={"X-API-Key": key}).status_code

    assert [status("h" * 16) for _ in range(3)] == [415] * 3
    made.state.callers = Callers(Limits(per_second=0.001, burst=1))
    assert status("h" * 16) == 415
    told = client.post("/v1/evaluations", json={}, headers={"X-API-Key": "h" * 16})
    assert told.status_code == 429
    assert int(told.headers["Retry-After"]) > 900
    assert told.json()["type"].endswith("/too-many")
    assert status("l" * 16) == 415
    assert status("wrong") == 401
