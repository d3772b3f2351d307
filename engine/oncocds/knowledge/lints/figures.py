"""Nothing invented: every figure the advice speaks of stands in a quote, with the same unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint, at, place
from oncocds.knowledge.lints.places import Complaint, Key
from oncocds.knowledge.lints.quantities import Figure, figures
from oncocds.knowledge.models import Rule
from oncocds.text import Text


class NothingInvented(Lint):
    """No dose, interval, threshold or duration of our own, in digits or in words.

    What is said *about* the passage (``reading``, ``not_said``) and external notes may hold figures of their own.
    """

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check what one rule says."""
        texts: list[tuple[str, tuple[Key, ...], Text]] = [
            ("title", ("title",), rule.title),
            ("then", ("then",), rule.then),
            *(
                ("slots", ("slots", name, number), piece.text)
                for name, pieces in rule.slots.items()
                for number, piece in enumerate(pieces)
            ),
        ]
        if rule.extension is not None:
            texts.append(("extended_by: label", ("extended_by", "label"), rule.extension.label))
        quoted = _quoted(rule)
        for name, keys, text in texts:
            for language, message in _invented(name, text, quoted, "the rule's quotes"):
                yield at(rule, message, *keys, language)

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check the titles of actions: they must be true of each single ground."""
        for action in knowledge.actions.values():
            rules = [rule for rule in knowledge.rules.values() if rule.action == action.id]
            titles: list[tuple[tuple[Key, ...], Text, list[Rule]]] = [(("title",), action.title, rules)]
            for number, (alone, title) in enumerate(action.alone):
                titles.append((("alone", number), title, [rule for rule in rules if rule.id in alone]))
            for keys, title, of_rules in titles:
                for rule in of_rules:
                    for language, message in _invented("title", title, _quoted(rule), f"the quotes of {rule.id}"):
                        yield place(action.path, message, *keys, language)


def _quoted(rule: Rule) -> frozenset[Figure]:
    return frozenset(figure for quote in rule.quotes for figure in figures(quote.exact))


def _invented(name: str, text: Text, quoted: Iterable[Figure], where: str) -> Iterator[tuple[str, str]]:
    known = frozenset(quoted)
    bare = {figure.number for figure in known}
    unitless = {figure.number for figure in known if not figure.unit}
    for language, words in (("zh", text.zh), ("en", text.en)):
        for figure in dict.fromkeys(figures(words)):
            if figure in known or figure.number in unitless or (not figure.unit and figure.number in bare):
                continue
            yield language, f"{name}.{language}: the text says {figure}, which stands in none of {where}"
