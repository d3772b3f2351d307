"""Looking for garbage is left out while what stays is made, and is afterwards as it was before."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from oncocds.uncollected import uncollected
from oncocds_cohort.garbage import passed_over


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("on", [True, False])
def test_garbage_is_looked_for_again_where_it_was_before_also_after_an_error(*, on: bool) -> None:
    (gc.enable if on else gc.disable)()
    with suppress(KeyError), uncollected():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled() == on


@pytest.mark.parametrize(("before", "within"), [(0, ["freeze"]), (7, [])])
def test_what_is_there_is_passed_over_until_the_end_unless_somebody_does_so_already(
    monkeypatch: pytest.MonkeyPatch, before: int, within: list[str]
) -> None:
    done: list[str] = []
    monkeypatch.setattr(gc, "get_freeze_count", lambda: before)
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    monkeypatch.setattr(gc, "unfreeze", lambda: done.append("unfreeze"))
    with suppress(KeyError), passed_over():
        assert done == within
        raise KeyError
    assert done == [*within, *(["unfreeze"] * len(within))]
