"""What a report of scenarios shows of the answer: under which settings it was given, and what it says, line by line."""

from __future__ import annotations

from oncocds.advice.result import Evaluation
from oncocds.scenarios.case import Case
from oncocds.scenarios.said import shown
from oncocds.text import Language

_SECTIONS = {
    "now": ("‼ 紧急", "‼ now"),
    "decide": ("? 待您判断", "? to decide"),
    "do": ("! 注意", "! do"),
    "consider": ("· 参考", "· consider"),
    "background": ("· 常规", "· background"),
    "stepped_back": ("· 让位", "· stepped back"),
}
_NOTHING = ("没有适用的建议", "no advice applies")
_OPEN = ("现有资料尚不能给出建议，请先补充资料", "the data are not enough for advice yet; please complete them")


def policy_words(case: Case) -> str:
    """Return under which settings a scenario is evaluated: the site's, the shipped ones, and its own over them."""
    story = case.story
    base = case.site.policy_of(shipped=story.shipped).in_(case.language)
    own = [shown(case.reader.cells, f"policy.{name}", value) for name, value in story.policy.items()]
    more = case.say("；场景自己的设置：", "; the scenario's own: ") + case.reader.cells.listed(own) if own else ""
    return base + more


def answer_lines(answer: Evaluation, language: Language) -> list[str]:
    """Return the briefing, one line each under its section, advice with its rules, and how much is asked."""
    at = 0 if language == "zh" else 1
    grounds = {(item.action, item.lesion): [ground.rule for ground in item.grounds] for item in answer.advice}
    lines = []
    for line in answer.briefing:
        if line.kind == "setting":
            continue  # told above the answer
        rules = ", ".join(grounds.get((line.ref, line.lesion), ()) if line.kind == "advice" else ())
        section = _SECTIONS[line.section][at]
        lines.append(f"{section}  {line.line.in_(language)}" + (f"  [{rules}]" if rules else ""))
    if not lines:
        lines.append((_OPEN if answer.questions.clinician else _NOTHING)[at])
    asked = len(answer.questions.clinician)
    return [*lines, (f"待补充资料 {asked} 项", f"{asked} questions")[at]]
