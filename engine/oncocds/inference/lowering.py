"""From condition trees to durable-rules: strata of small AND-only rules over flat facts of explicit booleans.

A *symbol* is what such a rule concludes or reads: ``a12`` an atom, ``c3`` a concept, ``r7`` a rule, ``x2`` an auxiliary
disjunction. It is the name of its field in the fact: true, false, or left out where it is unknown. Only fields that
some rule of the stratum reads, with the value it asks for, are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.inference.atoms import Atoms, leaves
from oncocds.inference.normal import Conjunction, Formula, Literal, conjunctions, literals, narrowed, normal_form
from oncocds.inference.strata import concept_symbol, layers, reference_symbol, rule_symbol
from oncocds.language.tree import Condition, Fired, Holds

MAX_DURABLE_RULES_PER_RULE = 24
MAX_FIELDS = 200  # of a fact; durable-rules holds 255 and loses what is beyond
RULES_PER_BUCKET = 32
# A fact's pending matches are parts of the rules' common prefixes, none within another, each with a rule of its own
# below it; unopened buckets wait beside the one being matched. So at most buckets - 1 + rules per bucket are pending.
MAX_PENDING = 64
MAX_BUCKETS = MAX_PENDING - RULES_PER_BUCKET + 1
SENTINEL = "end"
ATOM_FIELD = re.compile(r"a\d+")

Ruleset = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stratum:
    """One ruleset with one fact: what durable-rules is given, and how to read what it fires.

    ``buckets`` is the text of the fact's bucket fields; ``atoms`` and ``conclusions`` say which further fields to write
    when an atom (by number) or an earlier conclusion (by symbol) is true, and when it is false ("" means not read).
    ``concludes`` maps a durable rule's name to what its firing concludes.
    """

    name: str
    ruleset: Ruleset
    buckets: str
    atoms: tuple[tuple[int, str, str], ...]
    conclusions: tuple[tuple[str, str, str], ...]
    concludes: Mapping[str, Literal]


@dataclass(frozen=True, slots=True)
class Program:
    """All strata in order, and the symbols of rules and concepts.

    ``refuted`` symbols are also concluded when they are false; ``auxiliary`` ones stand for no rule and no concept.
    """

    strata: tuple[Stratum, ...]
    rules: Mapping[str, str]
    concepts: Mapping[str, str]
    refuted: frozenset[str]
    auxiliary: tuple[str, ...]


def lower(rules: Mapping[str, Condition], concepts: Mapping[str, Condition], atoms: Atoms) -> Program:
    """Lower rules and concepts. Raises ``ValueError`` for a reference to nothing or to itself."""
    symbols = {concept_symbol(name): f"c{number}" for number, name in enumerate(concepts)}
    symbols |= {rule_symbol(name): f"r{number}" for number, name in enumerate(rules)}
    conditions = {symbols[concept_symbol(name)]: condition for name, condition in concepts.items()}
    conditions |= {symbols[rule_symbol(name)]: condition for name, condition in rules.items()}
    formulas = _formulas(conditions, symbols, atoms)
    refuted = frozenset(target.symbol for target in formulas if not target.holds)
    _share_wide_disjunctions(formulas)
    strata: list[Stratum] = []
    for layer in _layers_of_targets(formulas):
        for chunk in _chunks({target: conjunctions(formulas[target]) for target in layer}):
            strata.append(_stratum(f"s{len(strata)}", chunk))
    return Program(
        tuple(strata),
        {name: symbols[rule_symbol(name)] for name in rules},
        {name: symbols[concept_symbol(name)] for name in concepts},
        refuted,
        tuple(target.symbol for target in formulas if target.symbol not in conditions),
    )


def _formulas(conditions: Mapping[str, Condition], symbols: Mapping[str, str], atoms: Atoms) -> dict[Literal, Formula]:
    """Return when each rule and concept is true, and when it is false for those whose falsity some formula reads."""

    def literal(leaf: Condition) -> Literal:
        (only,) = leaves(leaf)
        if isinstance(only, Holds | Fired):
            name = reference_symbol(only)
            if name not in symbols:
                raise ValueError(f"{name} does not exist")
            return Literal(symbols[name], True)
        number, positive = atoms.number(only)
        return Literal(f"a{number}", positive)

    found: dict[Literal, Formula] = {}
    wanted = [Literal(symbol, True) for symbol in conditions]
    for target in wanted:  # grows while it is walked
        if target in found:
            continue
        found[target] = normal_form(conditions[target.symbol], literal, holds=target.holds)
        wanted += [read for read in literals(found[target]) if read.symbol in conditions and not read.holds]
    return found


def _share_wide_disjunctions(formulas: dict[Literal, Formula]) -> None:
    """Give parts of formulas that would become too many durable rules a symbol of their own; equal parts share one."""
    shared: dict[Formula, Literal] = {}

    def share(formula: Formula) -> Literal:
        if isinstance(formula, Literal):
            return formula
        if formula not in shared:
            shared[formula] = Literal(f"x{len(shared)}", True)
        return shared[formula]

    for target, formula in formulas.items():
        formulas[target] = narrowed(formula, MAX_DURABLE_RULES_PER_RULE, share)
    formulas.update({literal: formula for formula, literal in shared.items()})


def _layers_of_targets(formulas: Mapping[Literal, Formula]) -> Iterator[list[Literal]]:
    """Yield targets so that each reads only what earlier layers concluded, either way."""
    reads: dict[str, set[str]] = {}
    for target, formula in formulas.items():
        reads.setdefault(target.symbol, set()).update(
            read.symbol for read in literals(formula) if not ATOM_FIELD.fullmatch(read.symbol)
        )
    for layer in layers(reads):
        yield [target for target in formulas if target.symbol in set(layer)]


def _chunks(layer: Mapping[Literal, list[Conjunction]]) -> Iterator[list[tuple[Literal, Conjunction]]]:
    """Split a layer into as many strata as the limits on fields and rules ask for: nearly always one."""
    chunk: list[tuple[Literal, Conjunction]] = []
    fields: set[str] = set()
    for target, alternatives in layer.items():
        for conjunction in alternatives:
            more = fields | {literal.symbol for literal in conjunction}
            if chunk and (len(more) > MAX_FIELDS or len(chunk) == RULES_PER_BUCKET * MAX_BUCKETS - 1):
                yield chunk
                chunk, more = [], {literal.symbol for literal in conjunction}
            chunk.append((target, conjunction))
            fields = more
    if chunk:
        yield chunk


def _stratum(name: str, entries: Sequence[tuple[Literal, Conjunction]]) -> Stratum:
    reading = Counter(literal for _, conjunction in entries for literal in conjunction)
    # The condition fewest rules share comes first: matching then stops early for most rules of most patients.
    ordered = sorted(
        ((target, sorted(conjunction, key=lambda read: (reading[read], read))) for target, conjunction in entries),
        key=lambda entry: (entry[1], entry[0]),
    )
    ruleset: Ruleset = {SENTINEL: _durable_rule([{"_bucket0": 1}], 2)}  # a larger "pri" fires later
    concludes: dict[str, Literal] = {}
    buckets = [f'"_bucket{number}":1' for number in range(len(ordered) // RULES_PER_BUCKET + 1)]
    alternatives: Counter[Literal] = Counter()
    for position, (target, conjunction) in enumerate(ordered, start=1):  # the sentinel takes the first place
        bucket = {f"_bucket{position // RULES_PER_BUCKET}": 1}
        durable_name = f"{target.symbol}_{'true' if target.holds else 'false'}_{alternatives[target]}"
        alternatives[target] += 1
        ruleset[durable_name] = _durable_rule([bucket, *({read.symbol: read.holds} for read in conjunction)], 1)
        concludes[durable_name] = target
    fields = list(_fields(reading))
    return Stratum(
        name,
        ruleset,
        ",".join(buckets),
        tuple((int(field[0][1:]), field[1], field[2]) for field in fields if ATOM_FIELD.fullmatch(field[0])),
        tuple(field for field in fields if not ATOM_FIELD.fullmatch(field[0])),
        concludes,
    )


def _durable_rule(parts: list[dict[str, Any]], priority: int) -> dict[str, Any]:
    return {"all": [{"m": {"$and": parts} if len(parts) > 1 else parts[0]}], "pri": priority}


def _fields(reading: Iterable[Literal]) -> Iterator[tuple[str, str, str]]:
    """Yield each symbol with the text to add to the fact when it is true, and when it is false."""
    read = set(reading)
    for symbol in sorted({literal.symbol for literal in read}):
        yield (
            symbol,
            f',"{symbol}":true' if Literal(symbol, True) in read else "",
            f',"{symbol}":false' if Literal(symbol, False) in read else "",
        )
