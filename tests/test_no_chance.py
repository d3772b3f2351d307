"""No test is decided by chance, by what ran before it, or by how long something takes on a busy machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

TESTS = Path(__file__).resolve().parent
HEX = re.compile(r"[0-9a-f]{2,7}")
"""What a random id, a digest, a time, a port or the name of a temporary folder may well hold."""
LEAST = 60.0


def literals(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str | bytes):
            yield one.value if isinstance(one.value, str) else one.value.decode("latin-1")


def looked_for_as_absent(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each text that must not stand in another one, with its line; also those that a name goes over."""
    of_name: dict[str, list[str]] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.For | ast.comprehension) and isinstance(one.target, ast.Name):
            of_name.setdefault(one.target.id, []).extend(literals(one.iter))
    for one in ast.walk(tree):
        if isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.NotIn):
            told = of_name.get(one.left.id, []) if isinstance(one.left, ast.Name) else literals(one.left)
            yield from ((one.lineno, text) for text in told)


def short_waits(tree: ast.Module) -> Iterator[tuple[int, float]]:
    """Each bound of a wait that a busy machine may reach: its line, and the seconds."""
    for one in ast.walk(tree):
        bounds: list[ast.expr] = []
        if isinstance(one, ast.Call):
            bounds = [given.value for given in one.keywords if given.arg == "timeout"]
            name = one.func.attr if isinstance(one.func, ast.Attribute) else ""
            if name in ("wait", "join", "result") and len(one.args) == 1:
                bounds.append(one.args[0])
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add) and ast.unparse(one.left) == "time.monotonic()":
            bounds.append(one.right)
        for bound in bounds:
            if isinstance(bound, ast.Constant) and isinstance(bound.value, int | float):
                seconds = bound.value / 1000 if bound.value >= 1000 else bound.value  # a browser is told milliseconds
                if seconds < LEAST:
                    yield one.lineno, seconds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('assert "4711" not in answer.text', ["4711"]),
        ('assert b"beef" not in log', ["beef"]),
        ('assert all(one not in log for one in ("ab12", "Zhang"))', ["ab12", "Zhang"]),
        ('for one in ("77",):\n    assert one not in log', ["77"]),
        ('assert "4711" in answer.text', []),
    ],
)
def test_what_is_looked_for_as_absent_is_seen(text: str, found: list[str]) -> None:
    assert [mark for _, mark in looked_for_as_absent(ast.parse(text))] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("page.wait_for(timeout=20_000)", [20.0]),
        ("server.wait(30)", [30.0]),
        ("end = time.monotonic() + 5", [5]),
        ("late = time.monotonic() - 5", []),
        ("server.wait(SECONDS); page.wait_for(timeout=60_000); ','.join(names)", []),
    ],
)
def test_a_short_wait_is_seen(text: str, found: list[float]) -> None:
    assert [seconds for _, seconds in short_waits(ast.parse(text))] == found


def test_no_random_id_holds_what_must_be_absent_and_no_wait_is_short() -> None:
    found = []
    for file in TESTS.glob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        found += [f"{file.name}:{line}: {mark}" for line, mark in looked_for_as_absent(tree) if HEX.fullmatch(mark)]
        found += [f"{file.name}:{line}: {seconds:g} s" for line, seconds in short_waits(tree)]
    assert found == []


def test_laws_look_at_the_same_examples_each_time_and_none_fails_for_being_slow() -> None:
    steady = settings.get_profile("steady")
    assert steady.derandomize
    for profile in (steady, settings.get_profile("random")):
        assert profile.deadline is None
        assert HealthCheck.too_slow in profile.suppress_health_check


def test_what_is_imported_changes_no_example_of_a_law() -> None:
    if settings().derandomize:
        constants = providers._get_local_constants()
        assert (constants.integers, constants.floats, constants.bytes, constants.strings) == (set(),) * 4
