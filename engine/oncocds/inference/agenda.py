"""The agenda: durable-rules concludes concepts and rules, stratum by stratum, on a pool of hosts shared by threads."""

from __future__ import annotations

import os
import threading
from collections import deque

from oncocds.errors import AgendaFault
from oncocds.inference.features import Values
from oncocds.inference.host import AgendaHost
from oncocds.inference.lowering import Program
from oncocds.inference.ruleset_lint import lint

_building = threading.Lock()  # durable-rules numbers its rulesets in unguarded globals


def _renew_lock() -> None:
    global _building
    _building = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)  # a child must not wait for a thread that it does not have


class Agenda:
    """Concludes what fires. Each host serves one thread at a time; a host that failed is thrown away."""

    def __init__(self, program: Program) -> None:
        complaints = [f"{stratum.name}: {one}" for stratum in program.strata for one in lint(stratum.ruleset)]
        if complaints:
            raise AgendaFault("the lowered rules are not safe for durable-rules: " + "; ".join(complaints))
        self._program = program
        # What each value of an atom adds to a stratum's fact; only what some rule reads is written.
        self._texts = [
            [(number, {True: when_true, False: when_false, None: ""}) for number, when_true, when_false in one.atoms]
            for one in program.strata
        ]
        self._idle: deque[AgendaHost] = deque()
        self._give_back(self._new_host())

    def conclude(self, values: Values) -> dict[str, bool]:
        """Return the symbols of rules and concepts that were concluded, true or false, given the atoms' values.

        Raises ``AgendaFault``; the next call then gets another host.
        """
        host = self._take()
        concluded: dict[str, bool] = {}
        for stratum, texts in zip(self._program.strata, self._texts, strict=True):
            fields = [stratum.buckets, *[text[values[number]] for number, text in texts]]
            for symbol, when_true, when_false in stratum.conclusions:
                value = concluded.get(symbol)
                if value:
                    fields.append(when_true)
                elif value is False:
                    fields.append(when_false)
            concludes = stratum.concludes
            for name in host.fire(stratum.name, "".join(fields)):
                conclusion = concludes[name]
                if concluded.setdefault(conclusion.symbol, conclusion.holds) is not conclusion.holds:
                    raise AgendaFault(f"{name}: concluded both true and false")
        self._give_back(host)  # not in a finally: what failed, or was interrupted, is not used again
        for symbol in self._program.auxiliary:
            concluded.pop(symbol, None)
        return concluded

    def _take(self) -> AgendaHost:
        pid = os.getpid()
        while True:
            try:
                host = self._idle.pop()
            except IndexError:
                return self._new_host()
            if host.pid == pid:  # after a fork the parent's hosts are left alone
                return host

    def _give_back(self, host: AgendaHost) -> None:
        self._idle.append(host)

    def _new_host(self) -> AgendaHost:
        with _building:
            host = AgendaHost(self._program.strata)
            for stratum in self._program.strata:
                host.fire(stratum.name, stratum.buckets)  # first use, while no other thread builds
            return host
