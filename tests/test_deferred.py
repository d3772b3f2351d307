"""Models that are built when first used are built once, however many threads use them first."""

from __future__ import annotations

import importlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel

from oncocds.deferred import Deferred

THREADS = 8
PROFILE = ["groups", "items", "measurements", "models"]


class Inner(Deferred):
    """Stands in another."""

    number: int


class Whole(Deferred):
    """Is used."""

    parts: list[Inner]


def test_threads_that_use_a_model_first_together_build_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fresh(Whole):
        """Nobody used it before."""

    built: list[int] = []
    real = BaseModel.model_rebuild.__func__  # type: ignore[attr-defined]

    def slow(cls: type[BaseModel], **how: Any) -> Any:
        built.append(threading.get_ident())
        time.sleep(0.05)  # long enough for the others to come, were they let in
        return real(cls, **how)

    monkeypatch.setattr(BaseModel, "model_rebuild", classmethod(slow))
    start = threading.Barrier(THREADS)

    def use(_: int) -> str:
        start.wait()
        return Fresh.model_validate({"parts": [{"number": 1}]}).model_dump_json()

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(use, range(THREADS))) == {'{"parts":[{"number":1}]}'}
    assert len(built) == 1


@pytest.mark.parametrize(
    "module", ["advice.first", "advice.part", "advice.result", *(f"profile.{name}" for name in PROFILE)]
)
def test_what_every_start_imports_spells_no_type_of_a_field_as_text(module: str) -> None:
    found = vars(importlib.import_module(f"oncocds.{module}")).values()
    models = [one for one in found if isinstance(one, type) and issubclass(one, Deferred) and one is not Deferred]
    assert models
    assert {type(kind) for one in models for kind in one.__annotations__.values()}.isdisjoint({str})


def test_what_only_stands_in_others_is_not_built() -> None:
    class Within(Deferred):
        """Stands in another."""

        number: int

    class Around(Deferred):
        """Is used."""

        part: Within

    assert Around(part=Within.model_construct(number=1)).model_dump() == {"part": {"number": 1}}
    assert Around.__pydantic_complete__
    assert not Within.__pydantic_complete__


def test_a_model_can_be_built_again() -> None:
    assert Whole.model_rebuild(force=True)
    assert Whole.model_rebuild() is None
    assert Whole.model_validate({"parts": []}).parts == []
