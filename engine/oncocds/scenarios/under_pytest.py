"""Feature files under pytest-bdd mean what they mean elsewhere: it is handed the checked text, never the raw file.

In a test module: ``scenarios(*prepared("features"))``, with the plugin ``oncocds.scenarios.steps``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from pytest_bdd import feature
from pytest_bdd.gherkin_parser import GherkinDocument
from pytest_bdd.parser import Feature, FeatureParser

from oncocds.errors import Issue
from oncocds.scenarios.check import check_file, feature_files
from oncocds.scenarios.site import Site
from oncocds.scenarios.source import parse, read_source

_MISTAKEN = "Feature: {}\n  Scenario: mistakes in the file\n    Given a file without mistakes\n"
MISTAKES: dict[str, list[Issue]] = {}
"""By absolute path: what is wrong with each file. The plugin fails each scenario of a file with mistakes, with them."""


def prepared(*paths: Path | str, against: Site | None = None) -> list[str]:
    """Return the feature files among paths for ``pytest_bdd.scenarios``, each as it is checked and read.

    A file with mistakes becomes one scenario that fails with them. ``against`` is the site they are checked for.
    """
    return [_prepare(file, against) for file in feature_files(Path(path) for path in paths)]


def _prepare(file: Path, against: Site | None) -> str:
    path = str(file.resolve())
    MISTAKES[path] = check_file(file, against)
    text = _MISTAKEN.format(file.name) if MISTAKES[path] else read_source(file).text
    feature.features[path] = _Parser(path, text).parse()
    return path


class _Parser(FeatureParser):
    """Parses a text in the place of the file, and takes tags for names: as marks, ``@skip`` would hide a scenario."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(str(Path(path).parent), Path(path).name)
        self._text = text

    def parse(self) -> Feature:
        """Return the feature without the tags that would become marks."""
        parsed = super().parse()
        scenarios = list(parsed.scenarios.values())
        parsed.tags = set()
        for scenario in scenarios:
            scenario.tags = set()
            if scenario.rule is not None:
                scenario.rule.tags = set()
            for examples in scenario.examples:
                examples.tags = set()
        return parsed

    def _parse_feature_file(self) -> GherkinDocument:
        return GherkinDocument.from_dict(cast(Any, parse(self._text)))
