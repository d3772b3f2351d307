"""Every rule is shown to fire, to stay silent and to be undetermined, by scenarios or examples; a report says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncocds.cli import main
from oncocds.scenarios.matrix import Matrix, NamedStory, matrix, read_files
from oncocds.scenarios.site import site

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "reports" / "rules-and-scenarios.md"
CATALOGUE = ROOT / "features" / "目录"

# Cells that cannot be filled, with the reason; a reason for a cell that is filled after all is an error.
NEVER = {
    ("HER2RT-29", "attached"): "流行病学背景，不支持任何规则 / epidemiology, supports no rule",
}


@pytest.fixture(scope="module")
def stories() -> list[NamedStory]:
    # The catalogue in Chinese first: where several scenarios show a rule, the first one is named.
    folders = sorted((ROOT / "features").glob("*"), key=lambda path: (path != CATALOGUE, path.name))
    return read_files(folders, site())


@pytest.fixture(scope="module")
def found(stories: list[NamedStory]) -> Matrix:
    catalogue = {story.feature for story in read_files([CATALOGUE], site())}
    return matrix(stories, site(), NEVER, counted=lambda story: story.feature in catalogue)


def test_no_cell_is_empty(found: Matrix) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(found.markdown(), encoding="utf-8")
    assert found.empty == []


def test_no_reason_outlives_its_cell(found: Matrix) -> None:
    assert set(NEVER) <= set(found.unshown)


def test_a_rule_that_nothing_shows_stands_out(stories: list[NamedStory]) -> None:
    few = matrix([story for story in stories if "地舒单抗" not in story.name], site())
    shown = {rule: {**by, "silent": []} if rule == "BCBM-62" else by for rule, by in few.shown.items()}
    broken = Matrix(few.knowledge, shown, few.attached, few.loads)
    assert ("BCBM-62", "silent") in broken.empty
    assert "**空 / empty**" in broken.markdown()


def test_rules_that_mean_one_action_share_one_item(found: Matrix) -> None:
    """The clinician sees fewer items than rules fired, over the catalogue as a whole."""
    assert found.loads
    assert sum(load.items for load in found.loads) < sum(load.fired for load in found.loads)


def test_the_command_writes_the_matrix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "matrix.md"
    assert main(["scenarios", str(ROOT / "features" / "骨转移.feature"), "--matrix", str(report)]) == 0
    assert "cells shown" in capsys.readouterr().out
    assert "| BCBM-62 |" in report.read_text(encoding="utf-8")
