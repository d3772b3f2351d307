"""Every scenario under ``features/`` holds; a new file is picked up by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_bdd import scenarios

from oncocds.scenarios.check import feature_files
from oncocds.scenarios.under_pytest import MISTAKES, prepared

pytest_plugins = ("oncocds.scenarios.steps",)

FEATURES = Path(__file__).parent.parent / "features"
FILES = feature_files([FEATURES])

scenarios(*prepared(FEATURES))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_feature_file_has_no_mistakes(file: Path) -> None:
    if issues := MISTAKES[str(file.resolve())]:
        pytest.fail("\n".join(map(str, issues)), pytrace=False)


def test_there_are_features_in_both_languages() -> None:
    languages = {"zh" if "# language: zh-CN" in file.read_text(encoding="utf-8") else "en" for file in FILES}
    assert languages == {"zh", "en"}
