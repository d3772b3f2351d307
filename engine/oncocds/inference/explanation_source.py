"""Python source for explanations: which leaves of a condition count, given what is true, false and unknown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from oncocds.inference.atoms import Atom, Atoms, leaves
from oncocds.inference.features import leaf_source, value_source
from oncocds.inference.kleene import certainty_source
from oncocds.inference.strata import concept_symbol, reference_symbol, rule_symbol, stratify
from oncocds.language.tree import All, Any, Compare, Condition, Fired, Holds, Known, Not
from oncocds.profile.finding import PARTLY_KNOWN

_UNPACKED = "    atoms, concepts, rules = verdicts"


class _Source(ABC):
    """Walks combinations; what stands for a leaf depends on whether it is about the patient or about an item."""

    @abstractmethod
    def _verdict(self, leaf: Condition) -> tuple[str, bool]:
        """Return the variable of a leaf's verdict, and whether it stands for the leaf or its negation."""

    @abstractmethod
    def _leaf_lacks(self, leaf: Condition) -> list[str]:
        """Return starred expressions for what a leaf lacks: nothing where it is decided."""

    @abstractmethod
    def _leaf_decides(self, leaf: Condition, *, holds: bool) -> str:
        """Return an expression for the explanation of a leaf that is true (or false)."""

    def _lacking(self, condition: Condition, *, undecided: bool) -> list[str]:
        """Return starred expressions for what a condition lacks; ``undecided`` where it is known to be so.

        What is decided lacks nothing. Of a leaf that goes without saying; a combination may be decided by one part
        while others are open.
        """
        if isinstance(condition, Not):
            return self._lacking(condition.part, undecided=undecided)
        if not isinstance(condition, All | Any):
            return self._leaf_lacks(condition)
        alone = len(condition.parts) == 1
        parts = [self._lacking(part, undecided=undecided and alone) for part in condition.parts]
        found = [one for part in parts for one in part]
        if undecided or alone or not found:
            return found
        decided = certainty_source(condition, self._verdict, positive=isinstance(condition, Any))
        return [f"*(() if {decided} else ({', '.join(found)},))"]

    def _deciding(self, condition: Condition, *, holds: bool) -> list[str]:
        """Return expressions for the leaves that decide a condition which is known to be true (or false)."""
        if isinstance(condition, Not):
            return self._deciding(condition.part, holds=not holds)
        if not isinstance(condition, All | Any):
            return [self._leaf_decides(condition, holds=holds)]
        parts = [self._deciding(part, holds=holds) for part in condition.parts]
        if isinstance(condition, All) is holds or len(parts) == 1:  # every part is as the whole is
            return [one for part in parts for one in part]
        return [
            f"*([{', '.join(found)}] if {certainty_source(part, self._verdict, positive=holds)} else ())"
            for part, found in zip(condition.parts, parts, strict=True)
        ]


class ExplanationSource(_Source):
    """Writes functions over the verdicts of atoms, concepts and rules; collects the leaves they look at."""

    def __init__(self, rules: Mapping[str, Condition], concepts: Mapping[str, Condition], atoms: Atoms) -> None:
        self._atoms = atoms
        self._conditions = {concept_symbol(name): condition for name, condition in concepts.items()}
        self._conditions |= {rule_symbol(name): condition for name, condition in rules.items()}
        self._verdicts = {concept_symbol(name): f"concepts[{number}]" for number, name in enumerate(concepts)}
        self._verdicts |= {rule_symbol(name): f"rules[{number}]" for number, name in enumerate(rules)}
        self._symbols = {symbol: f"s{number}" for number, symbol in enumerate(self._conditions)}
        self._rules = [self._symbols[rule_symbol(name)] for name in rules]
        self._lacked: dict[str, tuple[str, str]] = {}  # by fact or condition: its variable, and what it lacks
        self._lists: set[str] = set()
        self._referred: list[tuple[str, Condition, bool]] = []
        self._numbers: dict[str, int] = {}
        self.leaves: list[Atom] = []

    def missing_function(self) -> str:
        """Return a function ``missing(facts, verdicts, leaves)`` to what each rule lacks, () for decided ones."""
        body: list[str] = []
        for level in stratify(self._conditions):
            for symbol in level:
                parts = self._lacking(self._conditions[symbol], undecided=True)
                only = parts[0].removeprefix("*") if len(parts) == 1 else ""
                found = only if only.isidentifier() else f"tuple(fromkeys([{', '.join(parts)}]))"
                body.append(f"    {self._symbols[symbol]} = {found} if {self._verdicts[symbol]} is None else ()")
        head = ["def missing(facts, verdicts, leaves):", "    finding = facts.finding", _UNPACKED]
        head += [
            f"    no_{name} = {(name,)!r} if facts.items({name!r}) is None else ()" for name in sorted(self._lists)
        ]
        head += [f"    {name} = {source}" for name, source in self._lacked.values()]
        return "\n".join([*head, *body, f"    return ({''.join(f'{one}, ' for one in self._rules)})"]) + "\n"

    def deciding_functions(self, conditions: Iterable[Condition]) -> str:
        """Return functions ``deciding_0(verdicts, leaves)`` … to the leaves that make each condition true."""
        self._referred = [(f"deciding_{number}", condition, True) for number, condition in enumerate(conditions)]
        functions: dict[str, str] = {}
        for name, condition, holds in self._referred:  # grows while it is walked: concepts and rules that are met
            if name not in functions:
                found = ", ".join(self._deciding(condition, holds=holds))
                functions[name] = f"def {name}(verdicts, leaves):\n{_UNPACKED}\n    return [{found}]\n"
        return "".join(functions.values())

    def _verdict(self, leaf: Condition) -> tuple[str, bool]:
        (only,) = leaves(leaf)
        if isinstance(only, Holds | Fired):
            return self._verdicts[reference_symbol(only)], True
        number, positive = self._atoms.number(only)
        return f"atoms[{number}]", positive

    def _leaf_lacks(self, leaf: Condition) -> list[str]:
        (only,) = leaves(leaf)
        if isinstance(only, Known):
            return []
        if isinstance(only, Holds | Fired):
            return ["*" + self._symbols[reference_symbol(only)]]
        if isinstance(only, Compare):
            # What is asked of a fact is open all at once, but where some of its codes are known and others not.
            key = repr(only) if only.fact in PARTLY_KNOWN else only.fact
            source = f"(finding({only.fact!r}).missing or {(only.fact,)!r})"
        else:
            self._lists.add(only.list)  # a list that is not recorded is all that is lacking, and often so
            key, source = repr(only), f"(no_{only.list} or leaves[{self._number(only)}].missing)"
        source += f" if {self._verdict(only)[0]} is None else ()"
        name, _ = self._lacked.setdefault(key, (f"l{len(self._lacked)}", source))
        return [f"*{name}"]

    def _leaf_decides(self, leaf: Condition, *, holds: bool) -> str:
        (only,) = leaves(leaf)
        if not isinstance(only, Holds | Fired):
            return f"leaves[{self._number(only)}]"
        symbol = reference_symbol(only)
        name = f"{self._symbols[symbol]}_{'true' if holds else 'false'}"
        self._referred.append((name, self._conditions[symbol], holds))
        return f"*{name}(verdicts, leaves)"

    def _number(self, leaf: Atom) -> int:
        key = repr(leaf)  # not the leaf itself: True == 1 in Python, but not in a rule
        number = self._numbers.setdefault(key, len(self._numbers))
        if number == len(self.leaves):
            self.leaves.append(leaf)
        return number


class ItemExplanationSource(_Source):
    """Writes the explanation of a quantifier's condition for one item; collects the comparisons it looks at."""

    def __init__(self) -> None:
        self._atoms = Atoms()
        self.leaves: list[Compare | Known] = []

    def functions(self, number: int, where: Condition) -> str:
        """Return functions ``item_0`` and ``sure_0`` of an item: the explanation of ``where``, and whether it is true.

        The former explains its leaves by ``leaf(number, item)``.
        """
        self._atoms = Atoms()
        sure, impossible = (certainty_source(where, self._verdict, positive=positive) for positive in (True, False))
        read = ["    finding = item.finding"]
        for place, atom in enumerate(self._atoms.all):
            assert isinstance(atom, Compare | Known)
            read += [f"    {line}" for line in value_source(atom.fact)]
            read.append(f"    i{place} = {leaf_source(atom, 'value')}")
        lines = [f"def sure_{number}(item):", *read, f"    return {sure}", f"def item_{number}(item):", *read]
        for certainty, holds in ((sure, True), (impossible, False)):
            found = ", ".join(self._deciding(where, holds=holds))
            lines.append(f"    if {certainty}: return together({holds}, [{found}])")
        lacks = ", ".join(self._lacking(where, undecided=True))
        lines.append(f"    return Explanation(None, missing=tuple(fromkeys([{lacks}])))")
        return "\n".join(lines) + "\n"

    def _verdict(self, leaf: Condition) -> tuple[str, bool]:
        (only,) = leaves(leaf)
        if not isinstance(only, Compare | Known):
            raise TypeError("only comparisons may stand inside a quantifier")
        number, positive = self._atoms.number(only)
        return f"i{number}", positive

    def _leaf_lacks(self, leaf: Condition) -> list[str]:
        if not isinstance(leaf, Compare):
            return []
        lacks = f"(finding({leaf.fact!r}).missing or (item.path + {'.' + leaf.fact!r},))"
        return [f"*({lacks} if {self._verdict(leaf)[0]} is None else ())"]

    def _leaf_decides(self, leaf: Condition, *, holds: bool) -> str:  # noqa: ARG002
        assert isinstance(leaf, Compare | Known)
        self.leaves.append(leaf)
        return f"leaf({len(self.leaves) - 1}, item)"
