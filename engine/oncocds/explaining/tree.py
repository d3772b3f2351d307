"""The tree of a condition for one patient: each leaf with its truth, the facts behind it and those it lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oncocds.advice.names import Names
from oncocds.advice.questions import Labels
from oncocds.advice.reasons import reason
from oncocds.advice.result import Because, Bilingual, LabelledFact
from oncocds.advice.wording import FactWords
from oncocds.explaining.result import FactBehind, NodeKind, TreeNode, Truth
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import truth as definition
from oncocds.language.explain import Explainer, Explanation, explain_item_leaf
from oncocds.language.prose import sentence
from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.profile.finding import Facts, Finding, Item
from oncocds.text import Language

FURTHER = Bilingual(zh="其他可能未列出的项", en="others that may not be listed")
_TRUTHS: dict[bool | None, Truth] = {True: "true", False: "false", None: "unknown"}


class Tree:
    """Builds the trees of one patient."""

    def __init__(self, knowledge: Knowledge, facts: Facts, names: Names) -> None:
        self._knowledge = knowledge
        self._facts, self._names = facts, names
        self._words = FactWords(knowledge.vocabulary, names.called)
        self._labels = Labels(knowledge.vocabulary)
        self._explainer = Explainer(facts, knowledge)

    def explain(self, condition: Condition) -> Explanation:
        """Explain a condition about the patient."""
        return self._explainer.explain(condition)

    def labelled(self, facts: Sequence[str]) -> list[LabelledFact]:
        """Return facts with what they are called."""
        return [LabelledFact.of(fact=fact, label=self._labels.asked(fact, self._facts, self._names)) for fact in facts]

    def node(self, condition: Condition) -> TreeNode:
        """Return a condition about the patient as a node with all its parts."""
        explained = self._explainer.explain(condition)
        if isinstance(condition, All | Any):
            parts = [self.node(part) for part in condition.parts]
            return self._made("all" if isinstance(condition, All) else "any", condition, explained.truth, parts)
        if isinstance(condition, Not):
            return self._made("not", condition, explained.truth, [self.node(condition.part)])
        if isinstance(condition, Holds):
            inner = self.node(self._knowledge.concept_condition(condition.concept))
            return self._made("concept", condition, explained.truth, [inner])
        if isinstance(condition, Fired):
            inner = self.node(self._knowledge.rule_condition(condition.rule))
            return self._made("rule", condition, explained.truth, [inner])
        if isinstance(condition, Compare | Known):
            return self._leaf(condition, _lacking(condition, explained, self._facts.finding), None)
        return self._about_list(condition, explained)

    def _about_list(self, condition: Quantified | Count, explained: Explanation) -> TreeNode:
        items = self._facts.items(condition.list)
        if not items:  # what decides is the list itself: not recorded, or empty, or of unknown items alone
            return self._leaf(condition, explained, None, kind="items")
        parts = []
        for item in items:
            inner = self._of_item(condition.where, condition.list, item)
            label = self._labels.of(item.path, self._names)
            parts.append(TreeNode.of(kind="item", text=label, truth=inner.truth, facts=[], missing=[], parts=[inner]))
        if self._facts.incomplete(condition.list):
            further = Explanation(None, missing=(condition.list,))
            parts.append(self._leaf_of(FURTHER, further, kind="item"))
        return self._made("items", condition, explained.truth, parts)

    def _of_item(self, condition: Condition, name: str, item: Item) -> TreeNode:
        if isinstance(condition, Compare | Known):
            explained = explain_item_leaf(condition, item)
            return self._leaf(condition, _lacking(condition, explained, item.finding), name)
        kind: NodeKind = "not"
        if isinstance(condition, All | Any):
            kind, inner = "all" if isinstance(condition, All) else "any", condition.parts
        else:
            assert isinstance(condition, Not)
            inner = (condition.part,)
        parts = [self._of_item(part, name, item) for part in inner]
        return self._made(kind, condition, definition.item_truth(condition, item), parts)

    def _made(self, kind: NodeKind, condition: Condition, truth: bool | None, parts: list[TreeNode]) -> TreeNode:
        text = self._sentence(condition, None)
        return TreeNode.of(kind=kind, text=text, truth=_TRUTHS[truth], facts=[], missing=[], parts=parts)

    def _leaf(
        self, condition: Condition, explained: Explanation, inside: str | None, kind: NodeKind = "fact"
    ) -> TreeNode:
        return self._leaf_of(self._sentence(condition, inside), explained, kind)

    def _leaf_of(self, text: Bilingual, explained: Explanation, kind: NodeKind) -> TreeNode:
        return TreeNode.of(
            kind=kind,
            text=text,
            truth=_TRUTHS[explained.truth],
            facts=self._behind(explained.because),
            missing=self.labelled(explained.missing or explained.missing_asked),
            parts=[],
        )

    def _behind(self, because: Sequence[tuple[str, str | None]]) -> list[FactBehind]:
        reasons = [reason(self._facts, path, via) for path, via in because]
        return [
            FactBehind.of(fact=one.fact, value=one.value, via=one.via, text=self._phrase(one, reasons))
            for one in reasons
        ]

    def _phrase(self, one: Because, others: Sequence[Because]) -> Bilingual:
        return Bilingual.both(lambda language: self._words.phrases([one], language, others)[0])

    def _sentence(self, condition: Condition, inside: str | None) -> Bilingual:
        vocabulary = self._knowledge.vocabulary
        return Bilingual.both(
            lambda language: sentence(condition, vocabulary, language, lambda name: self._title(name, language), inside)
        )

    def _title(self, name: str, language: Language) -> str:
        concept = self._knowledge.concepts.get(name)
        title = self._knowledge.rules[name].title if concept is None else concept.title
        return f"{title.in_(language)} [{name}]"


def _lacking(condition: Compare | Known, explained: Explanation, finding: Callable[[str], Finding]) -> Explanation:
    """Return what explains a leaf; of one that asks whether a fact is known, and it is not, with what is lacking.

    An unknown fact is none that was recorded as no.
    """
    if not isinstance(condition, Known) or not condition.known or explained.truth is not False:
        return explained
    return explained._replace(missing=finding(condition.fact).missing)
