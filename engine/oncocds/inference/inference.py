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
from oncocds.inference.compiled import compile_reading
from oncocds.inference.explanation import CompiledExplanation, PatientExplanation, Verdicts
from oncocds.inference.features import Values, compile_features
from oncocds.inference.lowering import lower
from oncocds.inference.supposing import Supposing
from oncocds.language.tree import Condition
from oncocds.profile.finding import Facts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdicts on one patient: True, False or None (undetermined), and why; ``fired`` by durable-rules."""

    rules: Mapping[str, bool | None]
    others: Mapping[str, bool | None]
    fired: frozenset[str]
    explanation: PatientExplanation


class Inference:
    """Rules, the concepts they rest on and further conditions, lowered and compiled once; shared by threads.

    ``rules`` and ``concepts`` go through durable-rules and the compiled reading, ``others`` through the latter alone;
    ``explained`` are conditions (rules, or parts of them) that can be explained where they are true. Raises
    ``ValueError`` for a reference to nothing or in a circle, ``AgendaFault`` if durable-rules cannot be started.
    """

    def __init__(
        self,
        rules: Mapping[str, Condition],
        concepts: Mapping[str, Condition],
        others: Mapping[str, Condition],
        explained: Mapping[str, Condition] | None = None,
    ) -> None:
        atoms = Atoms()
        self._explanation = CompiledExplanation(rules, concepts, rules if explained is None else explained, atoms)
        self._read = compile_reading(rules, concepts, others, atoms)
        program = lower(rules, concepts, atoms)
        self._features = compile_features(atoms.all)
        self.supposing = Supposing(rules, concepts, atoms, self._read)
        self._agenda = Agenda(program)
        self._rules = tuple(rules)
        self._others = tuple(others)
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
        )

    def concluded(self, facts: Facts, values: Values) -> Conclusion:
        """Return what the compiled reading alone concludes from values of atoms: what is supposed, not recorded."""
        rules, concepts, others = self._read(values)
        return Conclusion(
            dict(zip(self._rules, rules, strict=True)),
            dict(zip(self._others, others, strict=True)),
            frozenset(),
            self._explanation.of(facts, Verdicts(values, concepts, rules)),
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
