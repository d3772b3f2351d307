"""The baseline: the same lowered rules on durable-rules' own Python API, in a plain loop over the patients.

One host, one session, one fact per stratum that is asserted and retracted again: what a careful user of the stock API
writes. The fact holds every field that the stratum's rules read, true or false, where it is known. The host's two timer
threads are switched off; they race with the loop, and without them it is faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncocds.inference.features import Values
from oncocds.inference.host import SafeHost
from oncocds.inference.lowering import SENTINEL, Program

SID, FACT = "p", "f"


class StockLoop:
    """Concludes like the agenda, without its checks."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._fired: list[str] = []
        self._host = SafeHost()
        self._host.set_rulesets(
            {
                stratum.name: {name: {**rule, "run": self._action(name)} for name, rule in stratum.ruleset.items()}
                for stratum in program.strata
            }
        )

    def _action(self, name: str) -> Callable[[Any], None]:
        def act(_: Any) -> None:
            self._fired.append(name)

        return act

    def conclude(self, values: Values) -> dict[str, bool]:
        """Return what was concluded, by symbol."""
        concluded: dict[str, bool] = {}
        for stratum in self._program.strata:
            fact: dict[str, Any] = {"sid": SID, "id": FACT}
            fact |= {f"_bucket{number}": 1 for number in range(stratum.buckets.count("_bucket"))}
            fact |= {f"a{atom[0]}": values[atom[0]] for atom in stratum.atoms if values[atom[0]] is not None}
            fact |= {read[0]: concluded[read[0]] for read in stratum.conclusions if read[0] in concluded}
            self._fired.clear()
            self._host.assert_fact(stratum.name, fact)
            self._host.retract_fact(stratum.name, {"sid": SID, "id": FACT})
            for name in self._fired:
                if name != SENTINEL:
                    conclusion = stratum.concludes[name]
                    concluded[conclusion.symbol] = conclusion.holds
        for symbol in self._program.auxiliary:
            concluded.pop(symbol, None)
        return concluded
