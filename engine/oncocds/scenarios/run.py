"""Runs scenario files and reports on them, for people at a terminal and as one HTML page."""

from __future__ import annotations

import contextlib
import html as markup
import io
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from oncocds.errors import Issue
from oncocds.scenarios.check import check_file, feature_files
from oncocds.scenarios.matrix import matrix, read_files
from oncocds.scenarios.site import Site, site
from oncocds.text import Language

PASSED, FAILED, MISTAKEN = 0, 1, 2


@dataclass(slots=True)
class Result:
    """How one scenario went: its steps with their tables, the step that failed and why, or neither."""

    file: str
    feature: str
    scenario: str
    steps: list[tuple[str, list[list[str]]]] = field(default_factory=list)
    failed_step: str | None = None
    line: int = 0
    reason: str | None = None


class _Recorder:
    """A pytest plugin that keeps what happens in each scenario."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.broken: list[str] = []

    def pytest_bdd_before_scenario(self, feature: Any, scenario: Any) -> None:
        self.results.append(Result(str(feature.filename), str(feature.name), str(scenario.name)))

    def pytest_bdd_before_step(self, step: Any) -> None:
        rows = [[cell.value for cell in row.cells] for row in step.datatable.rows] if step.datatable else []
        self.results[-1].steps.append((f"{step.keyword} {step.name}".strip(), rows))

    def pytest_bdd_step_error(self, step: Any, exception: BaseException) -> None:
        self._fail(step, str(exception) or type(exception).__name__)

    def pytest_bdd_step_func_lookup_error(self, step: Any, exception: BaseException) -> None:
        self._fail(step, str(exception))

    def _fail(self, step: Any, reason: str) -> None:
        result = self.results[-1]
        result.failed_step, result.line, result.reason = f"{step.keyword} {step.name}".strip(), step.line_number, reason

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.failed:
            return
        if self.results and report.when == "call":
            result = self.results[-1]
            result.reason = result.reason or report.longreprtext
        else:
            self.broken.append(report.longreprtext)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(report.longreprtext)


@dataclass(slots=True)
class _For:
    """A pytest plugin that says which site a run is for."""

    key: pytest.StashKey[Site]
    site: Site

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[self.key] = self.site


def run_scenarios(
    paths: Iterable[Path | str],
    html: Path | None = None,
    language: Language = "zh",
    knowledge: Path | None = None,
    policy: Path | None = None,
    matrix_file: Path | None = None,
) -> int:
    """Check and run the scenarios of files and folders, print the report, write it as HTML if a path is given.

    ``knowledge`` and ``policy`` are a site's own (default: the bundled knowledge, nothing set); ``matrix_file`` gets
    the matrix of rules over scenarios, its totals are printed. Returns 0 when every scenario holds, 1 when one does
    not, 2 when a file has mistakes (then nothing is run). Raises ``KnowledgeError`` or ``PolicyError``.
    """
    against = site(knowledge, policy)
    files = feature_files(Path(path) for path in paths)
    issues = [issue for file in files for issue in check_file(file, against)]
    zh = language == "zh"
    if not files:
        print("没有找到 .feature 文件" if zh else "no .feature file found", file=sys.stderr)
        return MISTAKEN
    if issues:
        for issue in issues:
            print(issue, file=sys.stderr)
        count = len(issues)
        print(f"\n{count} 处错误，场景未运行" if zh else f"\n{count} mistakes; nothing was run", file=sys.stderr)
        if html is not None:
            html.write_text(_page([], issues, language), encoding="utf-8")
        return MISTAKEN
    recorder = _run(files, against)
    for broken in recorder.broken:
        print(broken, file=sys.stderr)
    print(_report(recorder.results, language))
    if html is not None:
        html.write_text(_page(recorder.results, [], language), encoding="utf-8")
    if matrix_file is not None:
        found = matrix(read_files(files, against), against)
        matrix_file.write_text(found.markdown(), encoding="utf-8")
        print(found.summary())
    failed = recorder.broken or not recorder.results or any(result.reason for result in recorder.results)
    return FAILED if failed else PASSED


def _run(files: list[Path], against: Site) -> _Recorder:
    # The plugin is imported here: under pytest it must be imported by pytest first.
    from pytest_bdd import feature

    from oncocds.scenarios import steps

    feature.features.clear()  # pytest-bdd keeps what it parsed by path: a file may have changed since the last run
    recorder = _Recorder()
    with tempfile.TemporaryDirectory(prefix="scenarios_") as folder:
        # a name of its own: Python would answer a second run in one process with the first one's module
        module = Path(folder) / f"test_{Path(folder).name}.py"
        calls = "\n".join(f"scenarios({str(file.resolve())!r})" for file in files)
        module.write_text(f"from pytest_bdd import scenarios\n\n{calls}\n", encoding="utf-8")
        settings = Path(folder) / "pytest.ini"
        settings.write_text("[pytest]\n", encoding="utf-8")
        arguments = [str(module), "-c", str(settings), "--rootdir", folder, "-q", "-p", "no:cacheprovider"]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            pytest.main([*arguments, "--import-mode=importlib"], plugins=[steps, _For(steps.SITE, against), recorder])
    return recorder


def _report(results: list[Result], language: Language) -> str:
    zh = language == "zh"
    lines = []
    feature = ""
    for result in results:
        if result.feature != feature:
            feature = result.feature
            lines.append(f"\n{'功能' if zh else 'Feature'}: {feature}")
        lines.append(f"  {'✗' if result.reason else '✓'} {result.scenario}")
        if result.reason:
            if result.failed_step:
                lines.append(f"      {result.file}:{result.line}: {result.failed_step}")
            lines.extend(f"      {line}" for line in result.reason.splitlines())
    bad = sum(1 for result in results if result.reason)
    total = len(results)
    lines.append(f"\n{total} 个场景，{bad} 个失败" if zh else f"\n{total} scenarios, {bad} failed")
    return "\n".join(lines).lstrip("\n")


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "details{margin:.4rem 0}.ok summary{color:#176b2c}.bad summary{color:#a11}"
    "table{border-collapse:collapse;margin:.2rem 0 .6rem;color:#222;font-weight:400}"
    "td{border:1px solid #ccc;padding:.1rem .5rem}"
    "pre{white-space:pre-wrap;background:#faf0f0;padding:.6rem}li.fail{color:#a11;font-weight:600}"
)


def _table(rows: list[list[str]]) -> str:
    if not rows:
        return ""
    lines = ("".join(f"<td>{markup.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _page(results: list[Result], issues: list[Issue], language: Language) -> str:
    zh = language == "zh"
    title = "场景报告" if zh else "Scenario report"
    bad = sum(1 for result in results if result.reason)
    count = f"{len(results)} 个场景，{bad} 个失败" if zh else f"{len(results)} scenarios, {bad} failed"
    if issues:
        count = f"{len(issues)} 处错误，场景未运行" if zh else f"{len(issues)} mistakes; nothing was run"
    body = [f"<h1>{title}</h1><p>{count}</p>"]
    body.extend(f"<pre>{markup.escape(str(issue))}</pre>" for issue in issues)
    feature = ""
    for result in results:
        if result.feature != feature:
            feature = result.feature
            body.append(f"<h2>{markup.escape(feature)}</h2>")
        state, mark, is_open = ("bad", "✗", " open") if result.reason else ("ok", "✓", "")
        body.append(f'<details class="{state}"{is_open}><summary>{mark} {markup.escape(result.scenario)}</summary><ol>')
        body.extend(
            f"<li{' class=fail' if step == result.failed_step else ''}>{markup.escape(step)}{_table(rows)}</li>"
            for step, rows in result.steps
        )
        body.append("</ol>")
        if result.reason:
            body.append(f"<pre>{markup.escape(result.reason)}</pre>")
        body.append("</details>")
    code = "zh-CN" if zh else "en"
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )
