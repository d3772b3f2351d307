"""Plain functions run along every way their questions can be answered; no solver is needed for it."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from oncocds import exploration
from oncocds.exploration.exploring import OutOfTimeError, UnreadableError, current, explore, until
from oncocds.exploration.reading import Readings

LIMIT = 3


def ask(question: str) -> bool:
    return current().decide(question, question)


def above(value: int) -> bool:
    return value > LIMIT


def both_above(one: int, two: int, *, least: int = 1) -> bool:
    return above(one) and above(two) and one > least


def test_no_module_of_the_room_imports_a_solver_or_another_room() -> None:
    for path in Path(exploration.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in named:
                assert name.split(".")[0] in sys.stdlib_module_names or name.startswith(exploration.__name__), path


def test_it_runs_without_a_solver() -> None:
    code = "import sys; sys.modules['z3'] = None; import oncocds.exploration.exploring, oncocds.exploration.reading"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_every_way_is_taken_once_and_a_question_has_one_answer_in_it() -> None:
    def function() -> str:
        if ask("a") and ask("b"):
            return "both" if ask("a") else "never"
        return "not both"

    ways = {tuple(answers): outcome for answers, outcome in explore(function)}
    assert ways == {
        (("a", True), ("b", True)): "both",
        (("a", True), ("b", False)): "not both",
        (("a", False),): "not both",
    }


def test_a_question_outside_a_run_is_refused() -> None:
    with pytest.raises(UnreadableError):
        ask("a")


def test_a_run_that_fails_leaves_none_in_progress() -> None:
    def function() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        explore(function)
    with pytest.raises(UnreadableError):
        current()


def test_exploring_stops_at_its_moment() -> None:
    with until(time.monotonic() - 1), pytest.raises(OutOfTimeError):
        explore(lambda: ask("a"))


def test_a_function_is_read_with_other_names_and_stays_what_it_is() -> None:
    seen: list[str] = []

    def of(value: Any) -> Any:
        if value is above:
            return lambda value: value < LIMIT
        return value

    def finish(function: FunctionType, reading: Any) -> Any:
        seen.append(function.__name__)
        return reading

    readings = Readings(of, finish)
    read = readings.read(both_above)
    assert read(2, 2)
    assert not read(4, 4)
    assert not read(2, 2, least=2)
    assert both_above(4, 4)
    assert not both_above(2, 2)
    assert readings.read(both_above) is read
    assert seen == ["both_above"]
