"""durable-rules itself: one host with the rulesets of all strata, driven by a thin loop over its C module.

The stock dispatcher swallows exceptions and costs many times the matching. The loop here does what it does — assert the
fact, start, complete and start the next action — and checks every step; anything unexpected is an ``AgendaFault`` and
the host is not to be used again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from oncocds.errors import AgendaFault
from oncocds.inference.lowering import SENTINEL, Ruleset, Stratum
from oncocds.inference.native import Host, native

SID = "p"
FACT = f'{{"sid":"{SID}","id":"f",'
RETRACTION = f'{{"sid":"{SID}","id":"f"}}'
_CODE = re.compile(r"error code: (\d+)")


class SafeHost(Host):  # type: ignore[misc]
    """A host without the two timer threads that are never collected and that crash when a state goes away."""

    def _run(self) -> None:
        pass


class AgendaHost:
    """The native rulesets of all strata. Used by one thread at a time; not after an ``AgendaFault``."""

    def __init__(self, strata: Sequence[Stratum]) -> None:
        self.pid = os.getpid()
        self._host = SafeHost()
        try:
            self._host.set_rulesets({stratum.name: _with_actions(stratum.ruleset) for stratum in strata})
        except Exception as error:
            raise AgendaFault(f"durable-rules did not take the rules ({_describe(error)})") from None
        self._handles = {stratum.name: self._host.get_ruleset(stratum.name)._handle for stratum in strata}
        self._limits = {stratum.name: len(stratum.ruleset) for stratum in strata}

    def fire(self, stratum: str, fields: str) -> list[str]:
        """Assert one fact with the given fields (JSON, without braces) and return the names of the rules that fire.

        The fact is retracted again. Raises ``AgendaFault``.
        """
        try:
            return self._fire(self._handles[stratum], fields, self._limits[stratum])
        except AgendaFault as fault:
            raise AgendaFault(f"stratum {stratum}: {fault}") from None
        except Exception as error:  # the native module's own, whose text is not ours: only its code is passed on
            raise AgendaFault(f"stratum {stratum}: durable-rules failed ({_describe(error)})") from None

    def _fire(self, handle: int, fields: str, limit: int) -> list[str]:
        code, state = native.assert_fact(handle, FACT + fields + "}")
        if code:
            raise AgendaFault(f"the fact was not taken (code {code})")
        started = native.start_action_for_state(handle, state)
        if not started:
            raise AgendaFault("no rule fired, not even the sentinel")
        context, message = started
        if '"exception"' in context:
            raise AgendaFault("the state holds an exception")
        fired: list[str] = []
        while message:
            fired.append(message[2 : message.index('"', 2)])  # {"rule name":{"m":the fact}}
            if len(fired) > limit:
                raise AgendaFault("rules fire again and again")
            message = native.complete_and_start_action(handle, state)
        if fired.pop() != SENTINEL or SENTINEL in fired:
            raise AgendaFault("the sentinel did not fire last")
        code, _ = native.retract_fact(handle, RETRACTION)
        if code:
            raise AgendaFault(f"the fact was not retracted (code {code})")
        if native.get_facts(handle, SID) != "[]":
            raise AgendaFault("a fact is left over")
        return fired


def _with_actions(ruleset: Ruleset) -> dict[str, dict[str, Any]]:
    """Return a copy that durable-rules may keep; it wants an action for each rule, which the thin loop never calls."""
    return {name: {**rule, "run": _action} for name, rule in ruleset.items()}


def _action(_: object) -> None:
    raise AssertionError("the thin loop calls no actions")


def _describe(error: Exception) -> str:
    code = _CODE.search(str(error)) if isinstance(error, native.error) else None
    return f"code {code[1]}" if code else type(error).__name__
