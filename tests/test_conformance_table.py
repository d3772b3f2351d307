"""Every test that the table of conformance names is there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = (TESTS.parent / "docs" / "conformance.md").read_text("utf-8")


def test_each_named_test_is_there() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", TABLE)
    assert len(named) > 30
    for file, test in named:
        assert f"def {test}(" in (TESTS / file).read_text("utf-8"), (file, test)
    for file in re.findall(r"`(\w+\.py)`", TABLE):
        assert (TESTS / file).exists()


def test_each_line_has_what_shows_it() -> None:
    rows = [line.split("|")[1:4] for line in TABLE.splitlines() if line.startswith("| ")][1:]
    without = [said.strip() for said, _, shown in rows if "`" not in shown]
    assert len(without) == 2, without
