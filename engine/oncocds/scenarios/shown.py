"""What a report of scenarios shows of the answer: under which settings it was given, and what it says, line by line."""

from __future__ import annotations

from oncocds.advice.result import Evaluation
from oncocds.scenarios.case import Case
from oncocds.scenarios.said import shown
from oncocds.text import Language

_URGENCIES = {
    "critical": ("‼ 紧急", "‼ critical"),
    "warning": ("! 注意", "! warning"),
    "info": ("· 参考", "· info"),
}


def policy_words(case: Case) -> str:
    """Return under which settings a scenario is evaluated: the site's, the shipped ones, and its own over them."""
    story = case.story
    base = case.site.policy_of(shipped=story.shipped).in_(case.language)
    own = [shown(case.reader.cells, f"policy.{name}", value) for name, value in story.policy.items()]
    more = case.say("；场景自己的设置：", "; the scenario's own: ") + case.reader.cells.listed(own) if own else ""
    return base + more


def answer_lines(answer: Evaluation, language: Language) -> list[str]:
    """Return the active advice in its order, one line each with its rules, and how much is asked and demoted."""
    at = 0 if language == "zh" else 1
    active = [item for item in answer.advice if item.status == "active"]
    lines = []
    for item in active:
        rules = ", ".join(ground.rule for ground in item.grounds)
        lines.append(f"{_URGENCIES[item.urgency][at]}  {getattr(item.title, language)}  [{rules}]")
    asked, demoted = len(answer.questions.clinician), len(answer.advice) - len(active)
    if not active:
        lines.append(("没有适用的建议", "no advice applies")[at])
    lines.append((f"被降级 {demoted} 条；待补充资料 {asked} 项", f"{demoted} demoted; {asked} questions")[at])
    return lines
