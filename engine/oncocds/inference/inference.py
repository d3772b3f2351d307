"""What follows from a patient's facts: durable-rules fires, compiled Python gives every verdict; both must agree."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import NoReturn

from oncocds.errors import ReadingsDisagree
from oncocds.inference.agenda import Agenda
from oncocds.inference.atoms import Atoms
from oncocds.inference.compiled import compile_reading, reading_of
from oncocds.inference.demand import Asked, OnDemand, compile_each
from oncocds.inference.explanation import (
    CompiledExplanation,
    ExplanationPlan,
    PatientExplanation,
    Verdicts,
    plan_explanation,
)
from oncocds.inference.features import Values, compile_features, features_of
from oncocds.inference.generated import Generated
from oncocds.inference.lowering import Program, lower
from oncocds.inference.supposing import Supposed, Supposing
from oncocds.language.tree import Condition
from oncocds.profile.finding import Facts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdicts on one patient: True, False or None (undetermined), and why; ``fired`` by durable-rules.

    ``atoms`` are the values that they rest on, in order; of what is supposed none are told.
    """

    rules: Mapping[str, bool | None]
    others: Mapping[str, bool | None]
    fired: frozenset[str]
    explanation: PatientExplanation
    atoms: Values = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules, concepts and further conditions lowered and compiled: all that can be made before a patient comes."""

    rules: tuple[str, ...]
    others: tuple[str, ...]
    program: Program
    features: Generated
    reading: Generated
    explanation: ExplanationPlan
    supposed: Supposed
    each: Generated

    @classmethod
    def of(
        cls,
        rules: Mapping[str, Condition],
        concepts: Mapping[str, Condition],
        others: Mapping[str, Condition],
        explained: Mapping[str, Condition] | None = None,
    ) -> Plan:
        """Lower and compile.

        ``rules`` and ``concepts`` go through durable-rules and the compiled reading, ``others`` through the latter
        alone; ``explained`` are conditions (rules, or parts of them) that can be explained where they are true. Raises
        ``ValueError`` for a reference to nothing or in a circle.
        """
        atoms = Atoms()
        explanation = plan_explanation(rules, concepts, rules if explained is None else explained, atoms)
        reading = compile_reading(rules, concepts, others, atoms)
        program = lower(rules, concepts, atoms)
        each = compile_each(rules, concepts, others, atoms)
        supposed = Supposed.of(rules, concepts, others, atoms)
        features = compile_features(atoms.all)
        return cls(tuple(rules), tuple(others), program, features, reading, explanation, supposed, each)


class Inference:
    """A plan at work; shared by threads. Raises ``AgendaFault`` if durable-rules cannot be started."""

    def __init__(self, plan: Plan) -> None:
        program = plan.program
        self._explanation = CompiledExplanation(plan.explanation)
        self._read = reading_of(plan.reading)
        self._features = features_of(plan.features)
        self.supposing = Supposing(plan.supposed)
        self._on_demand = OnDemand(plan.each, plan.rules, plan.others)
        self._agenda = Agenda(program)
        self._rules = plan.rules
        self._others = plan.others
        self._names = {symbol: f"rule {name}" for name, symbol in program.rules.items()}
        self._names |= {symbol: f"concept {name}" for name, symbol in program.concepts.items()}
        self._symbols = tuple(self._names)
        self._rule_of = {symbol: name for name, symbol in program.rules.items()}
        self._refuted = [(number, one) for number, one in enumerate(self._symbols) if one in program.refuted]

    def conclude(self, facts: Facts) -> Conclusion:
        """Conclude about one patient. Raises ``AgendaFault`` or ``ReadingsDisagree``; the next patient is safe."""
        values = self._features(facts)
        concluded = self._agenda.conclude(values)
        rules, concepts, others = self._read(values)
        verdicts = rules + concepts
        expected = dict.fromkeys(compress(self._symbols, verdicts), True)
        expected |= {symbol: False for number, symbol in self._refuted if verdicts[number] is False}
        if concluded != expected:
            self._refuse(concluded, expected)
        rule_of = self._rule_of
        fired = frozenset([rule_of[symbol] for symbol, holds in concluded.items() if holds and symbol in rule_of])
        return Conclusion(
            dict(zip(self._rules, rules, strict=True)),
            dict(zip(self._others, others, strict=True)),
            fired,
            self._explanation.of(facts, Verdicts(values, concepts, rules)),
            values,
        )

    def supposed(self, facts: Facts, atoms: Asked) -> Conclusion:
        """Return what would be concluded from facts that are supposed, not recorded: each verdict when it is asked for.

        Plain Python alone concludes it.
        """
        concepts, rules, by_rule, others = self._on_demand.verdicts(atoms)
        return Conclusion(
            by_rule, others, frozenset(), self._explanation.supposed(facts, Verdicts(atoms, concepts, rules))
        )

    def _refuse(self, concluded: Mapping[str, bool], expected: Mapping[str, bool | None]) -> NoReturn:
        apart = [self._names[symbol] for symbol in self._symbols if concluded.get(symbol) is not expected.get(symbol)]
        for title, reading in (("agenda", concluded), ("compiled reading", expected)):
            logger.error(
                "the %s concludes as true: %s; as false, as far as it is read: %s",
                title,
                self._list(reading, True),
                self._list(reading, False),
            )
        raise ReadingsDisagree("the agenda and the compiled reading disagree on " + ", ".join(apart))

    def _list(self, reading: Mapping[str, bool | None], verdict: bool) -> str:
        names = (self._names[symbol] for symbol in self._symbols if reading.get(symbol) is verdict)
        return ", ".join(names) or "nothing"
