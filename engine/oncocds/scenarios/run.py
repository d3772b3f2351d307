"""Runs scenario files and reports on them, for people at a terminal and as one HTML page."""

from __future__ import annotations

import html as markup
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from oncocds.errors import Issue
from oncocds.scenarios.check import check_file, feature_files
from oncocds.scenarios.direct import FeatureRun, ScenarioRun, run_text
from oncocds.scenarios.matrix import matrix, read_files
from oncocds.scenarios.site import site
from oncocds.scenarios.source import read_source
from oncocds.text import Language

PASSED, FAILED, MISTAKEN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Ran:
    """One file that was run, with what is to be said of how it was read."""

    file: str
    run: FeatureRun
    remark: str = ""


def run_scenarios(
    paths: Iterable[Path | str],
    html: Path | None = None,
    language: Language = "zh",
    knowledge: Path | None = None,
    policy: Path | None = None,
    matrix_file: Path | None = None,
    show: bool = False,
    overlay: Path | None = None,
) -> int:
    """Check and run the scenarios of files and folders, print the report, write it as HTML if a path is given.

    ``knowledge``, ``policy`` and ``overlay`` (drugs and names) are a site's own (default: the bundled knowledge, the
    shipped policy, none); ``matrix_file``
    gets the matrix of rules over scenarios, its totals are printed; ``show`` prints each answer. Returns 0 when every
    scenario holds, 1 when one does not, 2 when a file has mistakes (then nothing is run). Raises ``KnowledgeError`` or
    ``PolicyError``.
    """
    against = site(knowledge, policy, overlay)
    files = feature_files(Path(path) for path in paths)
    zh = language == "zh"
    if not files:
        print("没有找到 .feature 文件" if zh else "no .feature file found", file=sys.stderr)
        return MISTAKEN
    issues = [issue for file in files for issue in check_file(file, against, language)]
    if issues:
        for issue in issues:
            print(issue, file=sys.stderr)
        count = len(issues)
        print(f"\n{count} 处错误，场景未运行" if zh else f"\n{count} mistakes; nothing was run", file=sys.stderr)
        if html is not None:
            html.write_text(_page([], issues, language), encoding="utf-8")
        return MISTAKEN
    sources = {str(file): read_source(file) for file in files}
    ran = [
        Ran(file, run_text(file, source.text, against, None, language), source.remark)
        for file, source in sources.items()
    ]
    print(_report(ran, language, show))
    if html is not None:
        html.write_text(_page(ran, [], language), encoding="utf-8")
    if matrix_file is not None:
        found = matrix(read_files(files, against), against)
        matrix_file.write_text(found.markdown(), encoding="utf-8")
        print(found.summary())
    return PASSED if all(scenario.passed for each in ran for scenario in each.run.scenarios) else FAILED


def _totals(ran: list[Ran], language: Language) -> str:
    scenarios = [scenario for each in ran for scenario in each.run.scenarios]
    total, bad = len(scenarios), sum(not scenario.passed for scenario in scenarios)
    return f"{total} 个场景，{bad} 个失败" if language == "zh" else f"{total} scenarios, {bad} failed"


def _policies(ran: list[Ran], language: Language) -> str:
    """Return under which settings the scenarios ran, where it is the same for all; else each says so where it fails."""
    found = {scenario.policy for each in ran for scenario in each.run.scenarios if scenario.answer}
    label = "评估依据的设置：" if language == "zh" else "evaluated under: "
    several = "各场景不同（--show 可见）" if language == "zh" else "not the same for all scenarios (--show)"
    return label + (found.pop() if len(found) == 1 else several) if found else ""


def _report(ran: list[Ran], language: Language, show: bool) -> str:
    zh = language == "zh"
    lines = []
    for each in ran:
        lines.append(f"\n{'功能' if zh else 'Feature'}: {each.run.feature}")
        lines.extend([f"  ({each.remark})"] if each.remark else [])
        for scenario in each.run.scenarios:
            lines.append(f"  {'✓' if scenario.passed else '✗'} {scenario.name}")
            if (failed := scenario.failed) is not None:
                lines.append(f"      {each.file}:{failed.line}: {failed.said}")
                lines.extend(f"      {line}" for line in (failed.reason or "").splitlines())
            if show or not scenario.passed:
                lines.extend(f"      ({remark})" for remark in scenario.remarks)
            if show:
                lines.extend(f"      {line}" for line in shown_answer(scenario, language))
    return "\n".join([*lines, "", _totals(ran, language), _policies(ran, language)]).strip("\n")


def shown_answer(scenario: ScenarioRun, language: Language) -> list[str]:
    """Return the answer of a scenario, headed by the settings it was given under; nothing without an evaluation."""
    if not scenario.answer:
        return []
    head = f"引擎的回答（{scenario.policy}）：" if language == "zh" else f"the engine's answer ({scenario.policy}):"
    return [head, *(f"  {line}" for line in scenario.answer)]


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


def _page(ran: list[Ran], issues: list[Issue], language: Language) -> str:
    zh = language == "zh"
    title = "场景报告" if zh else "Scenario report"
    count = _totals(ran, language)
    if issues:
        count = f"{len(issues)} 处错误，场景未运行" if zh else f"{len(issues)} mistakes; nothing was run"
    body = [f"<h1>{title}</h1><p>{count}</p>"]
    body.extend(f"<pre>{markup.escape(str(issue))}</pre>" for issue in issues)
    for each in ran:
        body.append(f"<h2>{markup.escape(each.run.feature)}</h2>")
        body.extend([f"<p>{markup.escape(each.remark)}</p>"] if each.remark else [])
        body.extend(_section(scenario, language) for scenario in each.run.scenarios)
    code = "zh-CN" if zh else "en"
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _section(scenario: ScenarioRun, language: Language) -> str:
    state, mark, is_open = ("ok", "✓", "") if scenario.passed else ("bad", "✗", " open")
    steps = "".join(
        f"<li{' class=fail' if step.outcome == 'failed' else ''}>{markup.escape(step.said)}{_table(step.rows)}</li>"
        for step in scenario.steps
    )
    reason = scenario.failed.reason if scenario.failed else None
    head, *answer = shown_answer(scenario, language) or [""]
    return (
        f'<details class="{state}"{is_open}><summary>{mark} {markup.escape(scenario.name)}</summary><ol>{steps}</ol>'
        + (f"<pre>{markup.escape(reason)}</pre>" if reason else "")
        + "".join(f"<p>{markup.escape(remark)}</p>" for remark in scenario.remarks)
        + (f"<p>{markup.escape(head)}</p><ul>" if head else "")
        + "".join(f"<li>{markup.escape(line.strip())}</li>" for line in answer)
        + ("</ul>" if head else "")
        + "</details>"
    )
