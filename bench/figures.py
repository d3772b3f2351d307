"""``python -m bench.figures`` prints side by side, measured in turns in less than three minutes: evaluations
a second and how long they take, with one worker and with two, beside an empty handler; what it costs to put each on
record; what became of hostile requests. It ends with 1 where one of those was answered with a 5xx, or not at all.

Rates are this machine's, and the clients take their part of it: ratios within a round count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench import hostile
from bench.clients import Seen, as_fast_as_answered, each_once
from bench.load import EMPTY, EVALUATIONS, bodies, served
from bench.rounds import Spread
from oncocds import Engine

CLIENTS = 8
ONE, TWO = "1 worker", "2 workers"
BEST_EFFORT, REQUIRED = "1 worker, audit best-effort", "1 worker, audit required"
_KEPT = {"ONCOCDS_AUDIT_KEY": "a key of the measurement, of no use elsewhere"}
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    ONE: {"ONCOCDS_AUDIT": "off"},
    TWO: {"ONCOCDS_AUDIT": "off", "ONCOCDS_DEVELOPMENT": "true"},  # whose hooks take calls without a token
    BEST_EFFORT: {"ONCOCDS_AUDIT": "best-effort", **_KEPT},
    REQUIRED: {"ONCOCDS_AUDIT": "required", **_KEPT},
}


@dataclass(slots=True)
class Turns:
    """What clients saw of a contender, round by round."""

    seen: list[Seen] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The middle rate of the rounds: useful answers a second."""
        return Spread.of([one.rate for one in self.seen]).median

    def within(self, share: float) -> float:
        """In how many milliseconds a share of the useful answers of all rounds came."""
        return Seen(times=[time for one in self.seen for time in one.times]).within(share)

    def beside(self, other: Turns) -> Spread:
        """The ratio of its rates to another's, of the same rounds."""
        return Spread.of(
            [mine.rate / (base.rate or float("nan")) for mine, base in zip(self.seen, other.seen, strict=True)]
        )

    def failed(self) -> Counter[str]:
        """What was no useful answer."""
        return sum((one.statuses for one in self.seen), Counter[str]()) - Counter({"200": sys.maxsize})


def bad(outcomes: Mapping[int, str]) -> dict[int, str]:
    """Return, of what became of hostile requests, what must not: a 5xx, or no answer."""
    return {place: told for place, told in outcomes.items() if not ("200" <= told < "500" and len(told) == 3)}


def measure(ports: Mapping[str, int], rounds: int, seconds: float) -> dict[tuple[str, str], Turns]:
    """Load each server in turns, so that what slows the machine slows them all; ``(server, path)`` each."""
    sent = bodies()
    contenders = [(name, EVALUATIONS) for name in ports] + [(name, EMPTY) for name in (ONE, TWO) if name in ports]
    found = {contender: Turns() for contender in contenders}
    for name, path in contenders:
        asyncio.run(as_fast_as_answered(ports[name], path, sent, CLIENTS, min(1.0, seconds)))  # warm
    for number in range(rounds):
        first = number % len(contenders)
        for name, path in contenders[first:] + contenders[:first]:  # nobody always comes first
            seen = asyncio.run(as_fast_as_answered(ports[name], path, sent, CLIENTS, seconds))
            found[name, path].seen.append(seen)
    return found


def table(found: Mapping[tuple[str, str], Turns]) -> list[str]:
    """Return the lines of the table."""
    lines = [f"{'':34}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}   beside"]
    for (name, path), turns in found.items():
        empty, off = found.get((name, EMPTY)), found.get((ONE, EVALUATIONS))
        beside = ""
        if path == EVALUATIONS and empty is not None:
            beside = f"{_ratio(turns.beside(empty))} of an empty handler's rate"
        elif path == EVALUATIONS and off is not None:
            cost = 1e3 / turns.rate - 1e3 / off.rate if turns.rate and off.rate else float("nan")
            beside = f"{_ratio(turns.beside(off))} of the rate without audit: {cost:+.2f} ms each"
        failed = "".join(f"   {number} × {status}" for status, number in sorted(turns.failed().items()))
        what = name if path == EVALUATIONS else f"  {name}, empty handler"
        lines.append(f"{what:34}{turns.rate:10.0f}{turns.within(0.5):9.1f}{turns.within(0.99):9.1f}   {beside}{failed}")
    return lines


def _ratio(spread: Spread) -> str:
    return f"{spread.median:.2f} ({spread.least:.2f}-{spread.most:.2f})"


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description="The service's figures, side by side.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn")
    parser.add_argument("--hostile", type=float, default=45.0, help="seconds for hostile requests")
    asked = parser.parse_args()
    Engine.load()  # prepares the knowledge, so that no worker's start has to
    with contextlib.ExitStack() as stack:
        ports = {
            name: stack.enter_context(
                served(2 if name == TWO else 1, {"ONCOCDS_FEEDBACK_DATABASE": "sqlite://", **one})
            )[0]
            for name, one in _SETTINGS.items()
        }
        print(
            f"{asked.rounds} rounds of {asked.seconds:g} s in turns; {CLIENTS} connections; {len(bodies())} patients\n"
        )
        print("\n".join(table(measure(ports, asked.rounds, asked.seconds))), flush=True)
        return _hostile(ports[TWO], asked.hostile)


def _hostile(port: int, seconds: float) -> int:
    sent: Sequence[hostile.Hostile] = hostile.requests(port)
    outcomes = asyncio.run(each_once(port, [request for _, request in sent], CLIENTS, seconds))
    told = ", ".join(f"{number} × {status}" for status, number in sorted(Counter(outcomes.values()).items()))
    found = bad(outcomes)
    print(f"\nhostile requests: {len(outcomes):,} of {len(sent):,} tried; {told}\n5xx or no answer: {len(found)}")
    for place, status in sorted(found.items())[:20]:
        print(f"  {status}: {sent[place][0]}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
