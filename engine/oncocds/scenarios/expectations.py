"""Checks that what a table says about rules is about rules that exist, by their right titles."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.knowledge.knowledge import Knowledge
from oncocds.reading.nearest import nearest
from oncocds.scenarios.cells import fold
from oncocds.scenarios.patient import Mistake, Rows
from oncocds.scenarios.story import rule_rows
from oncocds.text import Language


def unknown_rule(rule: str, knowledge: Knowledge, language: Language) -> str:
    """Return what to say about a rule that does not exist: its name and the nearest ones."""
    near = nearest(rule, [known for known, found in knowledge.rules.items() if found.when is not None], 3)
    if language == "zh":
        return f"没有规则“{rule}”；最接近的有：{'、'.join(near) or '无'}"
    return f"no rule '{rule}'; the nearest: {', '.join(near) or 'none'}"


def table_mistakes(rows: Rows, knowledge: Knowledge, language: Language) -> Iterator[Mistake]:
    """Find rules that do not exist, rules named twice, and titles that are not the rule's."""
    seen: set[str] = set()
    for number, row in rule_rows(rows):
        rule = knowledge.rules.get(row.rule)
        if rule is None or rule.when is None:
            yield Mistake(number, 0, unknown_rule(row.rule, knowledge, language))
            continue
        if row.rule in seen:
            zh, en = f"规则 {row.rule} 在这张表里出现了两次", f"rule {row.rule} stands twice in this table"
            yield Mistake(number, 0, zh if language == "zh" else en)
        seen.add(row.rule)
        if row.title and fold(row.title) not in (fold(rule.title.zh), fold(rule.title.en)):
            title = rule.title.in_(language)
            zh, en = f"规则 {row.rule} 的标题是“{title}”", f"the title of rule {row.rule} is '{title}'"
            yield Mistake(number, 1, zh if language == "zh" else en)
