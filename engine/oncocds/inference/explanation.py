"""The compiled explanation: what undetermined rules lack and what true conditions rest on, read off the verdicts.

``language.explain`` defines what an explanation is. Which leaves it takes in follows from the verdicts alone: an
undecided condition lacks what its undecided leaves lack, a decided one rests on the leaves that decide it. So plain
Python is generated from the trees (``explanation_source``) that looks at those leaves only, each explained once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

from oncocds.inference.atoms import Atom, Atoms
from oncocds.inference.demand import Asked
from oncocds.inference.explanation_source import ExplanationSource, ItemExplanationSource
from oncocds.inference.features import Values
from oncocds.inference.generated import Generated
from oncocds.language.explain import Explanation, Reasons, explain_item_leaf, explain_leaf, together, unique
from oncocds.language.tree import Compare, Condition, Count, Known, Quantified
from oncocds.profile.finding import Facts, Item

_OfKnowledge = tuple[Atom, Callable[[Item], Explanation] | None, Callable[[Item], bool | None] | None]
Paths = tuple[str, ...]


class Verdicts(NamedTuple):
    """What is true, false or unknown of one patient, in the order of the knowledge; where asked for one by one."""

    atoms: Values | Asked
    concepts: Values | Asked
    rules: Values | Asked


class Why:
    """What a true condition rests on; the three mean what they mean in ``language.explain.Explanation``."""

    __slots__ = ("_deciding",)

    def __init__(self, deciding: Sequence[Explanation]) -> None:
        self._deciding = deciding

    @property
    def because(self) -> Reasons:
        """The recorded facts it rests on, each with the derived fact it was read through."""
        return unique([reason for part in self._deciding for reason in part.because])

    @property
    def missing_asked(self) -> Paths:
        """The facts that it found missing where it asks whether they are known."""
        return unique([path for part in self._deciding for path in part.missing_asked])

    @property
    def witnesses(self) -> Paths:
        """The items that make it true."""
        return unique([path for part in self._deciding for path in part.witnesses])

    @property
    def absent(self) -> Sequence[tuple[Quantified, Reasons]]:
        """The quantifiers it rests on because no item is such, each with the facts that nothing else rests on."""
        others = {reason for part in self._deciding if not part.absent for reason in part.because}
        found: dict[Quantified, Reasons] = {}
        for part in self._deciding:
            for one in part.absent:
                found[one] = tuple(reason for reason in part.because if reason not in others)
        return tuple(found.items())


@dataclass(frozen=True, slots=True)
class ExplanationPlan:
    """What is generated to explain with, and in the order of its numbers what that is about; it can be kept."""

    code: Generated
    rules: tuple[str, ...]
    explained: tuple[str, ...]
    leaves: tuple[Atom, ...]
    item_leaves: tuple[Compare | Known, ...]


def plan_explanation(
    rules: Mapping[str, Condition],
    concepts: Mapping[str, Condition],
    explained: Mapping[str, Condition],
    atoms: Atoms,
) -> ExplanationPlan:
    """Generate what explains undetermined rules, and ``explained`` conditions where they are true."""
    source = ExplanationSource(rules, concepts, atoms)
    text = source.missing_function() + source.deciding_functions(explained.values())
    of_items = ItemExplanationSource()
    quantified = {n: leaf.where for n, leaf in enumerate(source.leaves) if isinstance(leaf, Quantified | Count)}
    text += "".join(of_items.functions(number, where) for number, where in quantified.items())
    code = Generated.of(text, "<explanation of the rules>")
    return ExplanationPlan(code, tuple(rules), tuple(explained), tuple(source.leaves), tuple(of_items.leaves))


class CompiledExplanation:
    """Explains undetermined rules, and those of some further conditions that are true; shared by threads."""

    def __init__(self, plan: ExplanationPlan) -> None:
        namespace = plan.code.run(
            {
                "Explanation": Explanation,
                "together": together,
                "fromkeys": dict.fromkeys,
                "leaf": lambda number, item: explain_item_leaf(plan.item_leaves[number], item),
            }
        )
        self.rules = plan.rules
        self.leaves: Sequence[_OfKnowledge] = [
            (leaf, namespace.get(f"item_{number}"), namespace.get(f"sure_{number}"))
            for number, leaf in enumerate(plan.leaves)
        ]
        self.missing: Callable[[Facts, Verdicts, _Leaves], tuple[Paths, ...]] = namespace["missing"]
        self.deciding: Mapping[str, Callable[[Verdicts, _Leaves], Sequence[Explanation]]] = {
            name: namespace[f"deciding_{number}"] for number, name in enumerate(plan.explained)
        }

    def of(self, facts: Facts, verdicts: Verdicts) -> PatientExplanation:
        """Return the explanation of the verdicts on one patient."""
        return PatientExplanation(self, facts, verdicts)

    def supposed(self, facts: Facts, verdicts: Verdicts) -> PatientExplanation:
        """Return the explanation of what is supposed, of which mostly the witnesses are asked."""
        return _OfSupposed(self, facts, verdicts)


class PatientExplanation:
    """Answers why the verdicts on one patient are as they are."""

    def __init__(self, compiled: CompiledExplanation, facts: Facts, verdicts: Verdicts) -> None:
        self._compiled = compiled
        self._facts = facts
        self._verdicts = verdicts
        self._leaves = _Leaves(compiled.leaves, facts)

    def missing(self) -> dict[str, Paths]:
        """Return of every undetermined rule the facts of which at least one must be learnt before it is decided."""
        found = self._compiled.missing(self._facts, self._verdicts, self._leaves)
        return dict(zip(compress(self._compiled.rules, found), filter(None, found), strict=True))

    def why(self, name: str) -> Why:
        """Return what a condition rests on that is true."""
        return Why(self._compiled.deciding[name](self._verdicts, self._leaves))

    def witnesses(self, name: str) -> Paths:
        """Return the items that make a condition true."""
        return self.why(name).witnesses


class _OfSupposed(PatientExplanation):
    """Finds witnesses without explaining anything else."""

    def __init__(self, compiled: CompiledExplanation, facts: Facts, verdicts: Verdicts) -> None:
        super().__init__(compiled, facts, verdicts)
        self._witnesses = _Witnesses(compiled.leaves, facts)

    def witnesses(self, name: str) -> Paths:
        return Why(self._compiled.deciding[name](self._verdicts, self._witnesses)).witnesses


class _Leaves(dict[int, Explanation]):
    """The explanations of leaves by number, made when they are first looked at."""

    __slots__ = ("_facts", "_of_knowledge")

    def __init__(self, leaves: Sequence[_OfKnowledge], facts: Facts) -> None:
        self._of_knowledge = leaves
        self._facts = facts

    def __missing__(self, number: int) -> Explanation:
        condition, explain_item, _ = self._of_knowledge[number]
        found = self[number] = explain_leaf(condition, self._facts, explain_item)
        return found


class _Witnesses(_Leaves):
    """Of the leaves that decide, the witnesses alone: who of them looks at the rest finds nothing."""

    __slots__ = ()

    def __missing__(self, number: int) -> Explanation:
        condition, _, sure = self._of_knowledge[number]
        found: Paths = ()
        if sure is not None and not (isinstance(condition, Quantified) and condition.quantifier == "every"):
            assert isinstance(condition, Quantified | Count)
            found = tuple([item.path for item in self._facts.items(condition.list) or () if sure(item)])
        witnesses = self[number] = Explanation(None, witnesses=found)
        return witnesses
