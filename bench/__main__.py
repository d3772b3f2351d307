"""``python -m bench [evaluations]`` prints rates, ratios, latency, memory.

All contenders work on the same patients in the same run, in turns. Ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import gc
import importlib.util
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import cohort_passes, cohorts, growth, hooks, web
from bench.patients import Patient, patients
from bench.resources import resident_megabytes, start_up
from bench.rounds import Contender, Spread, rates
from bench.stock import StockLoop
from oncocds import Engine
from oncocds.advice.opening import Opened
from oncocds.inference.features import Values
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy, read_profile

FULL, UNOPENED, CONCLUDE, AGENDA, COMPILED, STOCK, STOCK_FROM_JSON = (
    "full evaluation",
    "full, without its opening",
    "inference alone",
    "durable-rules alone",
    "compiled reading alone",
    "stock durable-rules loop",
    "stock loop with facts",
)
TODAY = datetime.date(2025, 1, 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the engine.")
    parser.add_argument("evaluations", nargs="?", type=int, default=200_000, help="for the memory measurement")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each contender's turn")
    parser.add_argument("--no-http", action="store_true")
    parser.add_argument("--knowledge", help="a directory with rules/ and seeds/ (default: the bundled knowledge)")
    asked = parser.parse_args()
    engine = Engine.load(knowledge=asked.knowledge)
    gc.freeze()  # as the server's workers do
    origin, cases = patients(engine)
    print(f"Python {platform.python_version()} on {platform.machine()}; {origin}; {asked.rounds} rounds\n")
    _side_by_side(engine, cases, asked.rounds, asked.seconds)
    _latency(engine, cases)
    _start_up(asked.knowledge)
    _growth(engine, cases, asked.rounds, asked.seconds)
    cohorts.measure(engine, asked.rounds, asked.seconds, TODAY)
    cohort_passes.measure(engine.knowledge)
    _memory(engine, cases, asked.evaluations)
    if not asked.no_http:
        _http(engine, cases, asked.rounds, asked.seconds)


class _Unopened:
    """Stands for what makes openings, and makes none."""

    def opened(self, *_: object) -> Opened:
        return Opened(briefing=[], decisions=[], values=[], topics=[])


def _facts(engine: Engine, case: Patient) -> PatientFacts:
    profile, policy = case
    vocabulary = engine.knowledge.vocabulary
    return PatientFacts(
        identified(read_profile(profile, vocabulary)),
        merge(engine.policy, read_policy(policy, vocabulary)),
        vocabulary,
        TODAY,
    )


def _side_by_side(engine: Engine, cases: Sequence[Patient], rounds: int, seconds: float) -> None:
    inference = engine._inference
    facts = [_facts(engine, case) for case in cases]
    values = [inference._features(one) for one in facts]
    agenda = inference._agenda
    stock = StockLoop(agenda._program)
    for one in values:
        assert stock.conclude(one) == agenda.conclude(one), "the contenders must conclude the same"

    def evaluate() -> int:
        for profile, policy in cases:
            engine.evaluate(profile, policy=policy, as_of=TODAY)
        return len(cases)

    unopened = copy.copy(engine)
    unopened._assembly = copy.copy(engine._assembly)
    unopened._assembly.opening = _Unopened()  # type: ignore[assignment]

    def evaluate_unopened() -> int:
        for profile, policy in cases:
            unopened.evaluate(profile, policy=policy, as_of=TODAY)
        return len(cases)

    def over(work: Callable[[Values], object]) -> Contender:
        def turn() -> int:
            for one in values:
                work(one)
            return len(values)

        return turn

    def conclude() -> int:
        for one in facts:
            inference.conclude(one)
        return len(facts)

    def stock_from_json() -> int:
        for case in cases:
            stock.conclude(inference._features(_facts(engine, case)))
        return len(cases)

    contenders: Mapping[str, Contender] = {
        FULL: evaluate,
        UNOPENED: evaluate_unopened,
        CONCLUDE: conclude,
        AGENDA: over(agenda.conclude),
        COMPILED: over(inference._read),
        STOCK: over(stock.conclude),
        STOCK_FROM_JSON: stock_from_json,
    }
    found = rates(contenders, rounds, seconds)
    print(f"{'patients/s, and ratios within a round':32}{'':34}to the stock loop       to it with facts")
    print(f"{'':30}" + f"{'least':>12}{'median':>12}{'most':>12}" + f"{'least':>12}{'median':>8}{'most':>8}" * 2)
    for name, figures in found.items():
        rate = Spread.of(figures)
        print(f"  {name:28}{rate.least:12,.0f}{rate.median:12,.0f}{rate.most:12,.0f}", end="")
        for baseline in (STOCK, STOCK_FROM_JSON):
            ratio = Spread.of([mine / base for mine, base in zip(figures, found[baseline], strict=True)])
            print(f"{ratio.least:12.2f}{ratio.median:8.2f}{ratio.most:8.2f}", end="")
        print()
    costs = Spread.of([bare / whole - 1 for whole, bare in zip(found[FULL], found[UNOPENED], strict=True)])
    print(
        f"\n  briefing, decisions, values and topics add {costs.median:.0%} to an evaluation without them"
        f" ({costs.least:.0%}-{costs.most:.0%})"
    )
    strata = agenda._program.strata
    print(
        f"\n  {len(inference._rules)} rules as {sum(len(one.ruleset) - 1 for one in strata)} durable rules in"
        f" {len(strata)} strata, {len(values[0])} atoms; {len(engine.knowledge.concepts)} concepts,"
        f" {len(inference._others)} other conditions (compiled reading only)\n"
        "  full evaluation: from patient JSON to the whole answer, cross-check and explanation included\n"
        "  full, without its opening: the same without briefing, decisions, values and topics\n"
        "  inference alone: both readings and their cross-check, facts already derived\n"
        "  stock durable-rules loop: fires, on features worked out beforehand; reads no patient, says nothing\n"
        "  stock loop with facts: fires, from patient JSON: reads it, derives facts and features first\n"
    )


def _latency(engine: Engine, cases: Sequence[Patient]) -> None:
    times: list[float] = []
    while len(times) < 3000:
        for profile, policy in cases:
            start = time.perf_counter()
            engine.evaluate(profile, policy=policy, as_of=TODAY)
            times.append(time.perf_counter() - start)
    times.sort()
    print(
        f"latency of a full evaluation: median {statistics.median(times) * 1e3:.3f} ms,"
        f" p99 {times[len(times) * 99 // 100] * 1e3:.3f} ms"
    )


def _start_up(knowledge: str | None) -> None:
    load = f"import oncocds; oncocds.Engine.load(knowledge={knowledge!r})"
    print(
        f"start-up: import {start_up('import oncocds') * 1e3:.0f} ms,"
        f" import and Engine.load() {start_up(load) * 1e3:.0f} ms"
    )


def _growth(engine: Engine, cases: Sequence[Patient], rounds: int, seconds: float) -> None:
    """The same patients, a part of them, under many more rules that fire for the same patients."""
    some = cases[:: max(1, len(cases) // 200)]
    knowledge = growth.grown(engine.knowledge)
    larger = Engine(knowledge, engine.policy)
    gc.freeze()

    def under(one: Engine) -> Contender:
        def turn() -> int:
            for profile, policy in some:
                one.evaluate(profile, policy=policy, as_of=TODAY)
            return len(some)

        return turn

    found = rates({"as they are": under(engine), "grown": under(larger)}, rounds, seconds)
    longer = Spread.of([few / many for few, many in zip(found["as they are"], found["grown"], strict=True)])
    with tempfile.TemporaryDirectory() as folder:
        start = growth.start_up_of(knowledge, Path(folder), "import oncocds; oncocds.Engine.load()")
    print(
        f"{len(knowledge.conditions)} rules, {len(knowledge.conditions) / len(engine.knowledge.conditions):.1f} times"
        f" as many: an evaluation takes {longer.median:.2f} times as long ({longer.least:.2f}-{longer.most:.2f}),"
        f" import and Engine.load() {start * 1e3:.0f} ms"
    )


def _memory(engine: Engine, cases: Sequence[Patient], evaluations: int) -> None:
    def run(count: int) -> None:
        done = 0
        while done < count:
            for profile, policy in cases[: count - done]:
                engine.evaluate(profile, policy=policy, as_of=TODAY)
                done += 1

    run(min(2000, evaluations))
    before = resident_megabytes()
    run(evaluations)
    after = resident_megabytes()
    if before is None or after is None:
        print("memory: the system does not tell")
    else:
        print(f"memory: {before:.1f} MB, {after - before:+.1f} MB over {evaluations:,} evaluations")


def _http(engine: Engine, cases: Sequence[Patient], rounds: int, seconds: float) -> None:
    if importlib.util.find_spec("oncocds_api.app") is None:
        print("HTTP: left out, the HTTP face is not installed")
        return
    found = web.measure(engine, cases, min(rounds, 5), max(seconds, 1.0))
    print(f"\nHTTP, one server, {web.CONNECTIONS} connections (medians of the rounds)")
    for path, loads in found.items():
        print(
            f"  POST {path:22}{statistics.median(load.rate for load in loads):10,.0f} requests/s"
            f"   median {statistics.median(load.median for load in loads):6.2f} ms"
            f"   p99 {statistics.median(load.p99 for load in loads):6.2f} ms"
            + (f"   {sum(load.failed for load in loads)} failed" if any(load.failed for load in loads) else "")
        )
    _hooks(min(rounds, 3), max(seconds, 4.0))


def _hooks(rounds: int, seconds: float) -> None:
    found = hooks.measure(rounds, seconds)
    print(
        f"\nCDS Hooks, one server with two workers, {hooks.RATE:.0f} requests/s whether answered or not, each with a"
        f" signed token;\nmilliseconds from when a request was due, {rounds} rounds of {seconds:.0f} s taken together"
        f" (ratios: of the rounds, least to most)\n{'':34}{'p50':>8}{'p99':>8}{'most':>8}"
        f"    to the {hooks.EMPTY}: p50, p99"
    )
    empty = found[hooks.EMPTY]
    for name, turns in found.items():
        p50, p99, most = _points([wait for turn in turns for wait in turn.milliseconds])
        pairs = [(_points(a.milliseconds), _points(b.milliseconds)) for a, b in zip(turns, empty, strict=True)]
        ratios = [Spread.of([mine[place] / base[place] for mine, base in pairs]) for place in (0, 1)]
        failed = sum(turn.failed for turn in turns)
        print(
            f"  {name:32}{p50:8.1f}{p99:8.1f}{most:8.1f}    "
            + ", ".join(f"{one.median:.1f} ({one.least:.1f}-{one.most:.1f})" for one in ratios)
            + (f"   {failed} failed" if failed else "")
        )


def _points(milliseconds: Sequence[float]) -> tuple[float, float, float]:
    """Return the middle, the slowest hundredth and the slowest; nan where nothing was answered."""
    ordered = sorted(milliseconds) or [float("nan")]
    return statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], ordered[-1]


if __name__ == "__main__":
    main()
