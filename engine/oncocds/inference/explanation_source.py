"""Python source for explanations: which leaves of a condition count, given what is true, false and unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oncocds.inference.atoms import Atom, Atoms, leaves
from oncocds.inference.kleene import certainty_source
from oncocds.inference.strata import concept_symbol, reference_symbol, rule_symbol, stratify
from oncocds.language.tree import All, Any, Compare, Condition, Fired, Holds, Known, Not

_UNPACKED = "    atoms, concepts, rules = verdicts"


class ExplanationSource:
    """Writes functions over the verdicts of atoms, concepts and rules; collects the leaves they look at."""

    def __init__(self, rules: Mapping[str, Condition], concepts: Mapping[str, Condition], atoms: Atoms) -> None:
        self._atoms = atoms
        self._conditions = {concept_symbol(name): condition for name, condition in concepts.items()}
        self._conditions |= {rule_symbol(name): condition for name, condition in rules.items()}
        self._verdicts = {concept_symbol(name): f"concepts[{number}]" for number, name in enumerate(concepts)}
        self._verdicts |= {rule_symbol(name): f"rules[{number}]" for number, name in enumerate(rules)}
        self._symbols = {symbol: f"s{number}" for number, symbol in enumerate(self._conditions)}
        self._rules = [self._symbols[rule_symbol(name)] for name in rules]
        self._numbers: dict[str, int] = {}
        self._lacked: dict[str, tuple[str, str]] = {}  # by fact or condition: its variable, and what it lacks
        self._lists: set[str] = set()
        self.leaves: list[Atom] = []

    def missing(self) -> str:
        """Return a function ``missing(facts, verdicts, leaves)`` to what each rule lacks, () for decided ones."""
        body: list[str] = []
        for level in stratify(self._conditions):
            for symbol in level:
                parts = self._lacking(self._conditions[symbol], undecided=True)
                only = parts[0].removeprefix("*") if len(parts) == 1 else ""
                found = only if only.isidentifier() else f"unique([{', '.join(parts)}])"
                body.append(f"    {self._symbols[symbol]} = {found} if {self._verdicts[symbol]} is None else ()")
        gathered = [f"    {name} = {source}" for name, source in self._lacked.values()]
        head = ["def missing(facts, verdicts, leaves):", "    finding = facts.finding", _UNPACKED]
        head += [
            f"    no_{name} = {(name,)!r} if facts.items({name!r}) is None else ()" for name in sorted(self._lists)
        ]
        return "\n".join([*head, *gathered, *body, f"    return ({''.join(f'{one}, ' for one in self._rules)})"]) + "\n"

    def _lacking(self, condition: Condition, *, undecided: bool) -> list[str]:
        """Return starred expressions for what a condition lacks; ``undecided`` where it is known to be so.

        What is decided lacks nothing. Of a leaf that goes without saying; a combination may be decided by one part
        while others are open.
        """
        if isinstance(condition, Not):
            return self._lacking(condition.part, undecided=undecided)
        if isinstance(condition, Holds | Fired):
            return ["*" + self._symbols[reference_symbol(condition)]]
        if isinstance(condition, Known):
            return []
        if isinstance(condition, All | Any):
            alone = len(condition.parts) == 1
            parts = [self._lacking(part, undecided=undecided and alone) for part in condition.parts]
            found = [one for part in parts for one in part]
            if undecided or alone or not found:
                return found
            decided = certainty_source(condition, self._verdict, positive=isinstance(condition, Any))
            return [f"*(() if {decided} else ({', '.join(found)},))"]
        open_ = f"{self._verdict(condition)[0]} is None"
        if isinstance(condition, Compare):
            key, source = condition.fact, f"(finding({condition.fact!r}).missing or {(condition.fact,)!r})"
        else:
            self._lists.add(condition.list)  # a list that is not recorded is all that is lacking, and often so
            key, source = repr(condition), f"(no_{condition.list} or leaves[{self._number(condition)}].missing)"
        name, _ = self._lacked.setdefault(key, (f"l{len(self._lacked)}", f"{source} if {open_} else ()"))
        return [f"*{name}"]

    def deciding(self, conditions: Iterable[Condition]) -> str:
        """Return functions ``deciding_0(verdicts, leaves)`` … to the leaves that make each condition true."""
        wanted = [(f"deciding_{number}", condition, True) for number, condition in enumerate(conditions)]
        functions: dict[str, str] = {}
        for name, condition, holds in wanted:  # grows while it is walked
            if name not in functions:
                found = ", ".join(self._deciding(condition, wanted, holds=holds))
                functions[name] = f"def {name}(verdicts, leaves):\n{_UNPACKED}\n    return [{found}]\n"
        return "".join(functions.values())

    def _deciding(self, condition: Condition, wanted: list[tuple[str, Condition, bool]], *, holds: bool) -> list[str]:
        """Return expressions for the leaves that decide a condition which is known to be true (or false).

        Concepts and rules that it refers to get functions of their own, which are added to ``wanted``.
        """
        if isinstance(condition, Not):
            return self._deciding(condition.part, wanted, holds=not holds)
        if isinstance(condition, Holds | Fired):
            symbol = reference_symbol(condition)
            name = f"{self._symbols[symbol]}_{'true' if holds else 'false'}"
            wanted.append((name, self._conditions[symbol], holds))
            return [f"*{name}(verdicts, leaves)"]
        if not isinstance(condition, All | Any):
            return [f"leaves[{self._number(condition)}]"]
        parts = [self._deciding(part, wanted, holds=holds) for part in condition.parts]
        if isinstance(condition, All) is holds or len(parts) == 1:  # every part is as the whole is
            return [one for part in parts for one in part]
        return [
            f"*([{', '.join(found)}] if {certainty_source(part, self._verdict, positive=holds)} else ())"
            for part, found in zip(condition.parts, parts, strict=True)
        ]

    def _verdict(self, leaf: Condition) -> tuple[str, bool]:
        (only,) = leaves(leaf)
        if isinstance(only, Holds | Fired):
            return self._verdicts[reference_symbol(only)], True
        number, positive = self._atoms.number(only)
        return f"atoms[{number}]", positive

    def _number(self, leaf: Atom) -> int:
        key = repr(leaf)  # not the leaf itself: True == 1 in Python, but not in a rule
        number = self._numbers.setdefault(key, len(self._numbers))
        if number == len(self.leaves):
            self.leaves.append(leaf)
        return number
