"""``oncocds explain``: one rule for one patient, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncocds.advice.result import LabelledFact
from oncocds.advice.wording import FactWords
from oncocds.cli.brief import translated
from oncocds.cli.changed import changed_settings
from oncocds.explaining.result import RuleExplanation, TreeNode
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_MARKS = {"true": "✓", "false": "✗", "unknown": "?"}
_WORDS = {
    "missing": Text("还缺少：", "Missing:"),
    "lacks": Text("缺", "lacks"),
    "unrecorded": Text("未记录，按“否”处理", "not recorded, which counts as no"),
    "source": Text("出处：", "Source:"),
    "demoted": Text("已让位", "Stepped back"),
    "attached": Text("附于", "Attached to"),
    "change": Text("什么会改变判定：", "What would change it:"),
    "or": Text("或者", "or"),
    "contradicts": Text("与资料矛盾", "contradicts"),
}


def explanation_text(explanation: RuleExplanation, vocabulary: Vocabulary, language: Language) -> str:
    """Return an explanation as text."""
    changed = changed_settings(explanation.policy, FactWords(vocabulary), language)
    return "\n".join((*changed, *_Page(language).lines(explanation)))


class _Page:
    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def lines(self, explanation: RuleExplanation) -> Iterator[str]:
        """Yield the lines."""
        yield f"{explanation.rule}  {explanation.title.in_(self._language)}"
        if explanation.text != explanation.title:  # of a rule that says nothing else, the text is its title
            yield explanation.text.in_(self._language)
        yield ""
        yield explanation.statement.in_(self._language)
        if explanation.attached_to:
            yield f"  {self._say('attached')}: {', '.join(explanation.attached_to)}"
        for standing in explanation.standing:
            where = f" [{standing.called.in_(self._language)}]" if standing.called else ""
            for demotion in standing.demoted_by:
                reason = demotion.in_(self._language)
                yield f"  {self._say('demoted')}{where} ← {', '.join(demotion.by)}: {reason}"
        if explanation.tree is not None:
            yield ""
            yield from self._node(explanation.tree, 0)
        if explanation.missing:
            yield ""
            yield self._say("missing")
            yield from (f"  ? {fact.label.in_(self._language)}  ({fact.fact})" for fact in explanation.missing)
        yield ""
        yield self._say("source")
        for passage in explanation.passages:
            yield f"  “{passage.quote}” [{passage.document}:{passage.start}-{passage.end}]"
            yield from translated(passage, self._language, "  ")
        yield ""
        yield from self._changes(explanation)

    def _node(self, node: TreeNode, depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}{_MARKS[node.truth]} {node.text.in_(self._language)}{self._behind(node)}"
        for part in node.parts:
            yield from self._node(part, depth + 1)

    def _behind(self, node: TreeNode) -> str:
        between = "；" if self._language == "zh" else "; "
        if node.facts:
            found = between.join(fact.text.in_(self._language) for fact in node.facts)
        elif node.missing:
            found = f"{self._say('lacks')} {self._named(node.missing)}"
        elif node.kind == "fact" and node.truth != "unknown":
            found = self._say("unrecorded")
        else:
            return ""
        return f"  ← {found}"

    def _named(self, facts: Sequence[LabelledFact]) -> str:
        between = "、" if self._language == "zh" else ", "
        return between.join(fact.label.in_(self._language) for fact in facts)

    def _changes(self, explanation: RuleExplanation) -> Iterator[str]:
        found = explanation.what_would_change
        yield self._say("change")
        yield f"  {found.text.in_(self._language)}"
        for number, one in enumerate(found.alternatives or ()):
            if number:
                yield f"  {self._say('or')}"
            yield from (f"    - {change.text.in_(self._language)}" for change in one.changes)
            yield from (f"      {self._say('contradicts')}: {text.in_(self._language)}" for text in one.contradicts)

    def _say(self, word: str) -> str:
        return _WORDS[word].in_(self._language)
