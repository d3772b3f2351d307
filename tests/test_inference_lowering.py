"""What durable-rules is given: small rules, flat facts of the fields that are read, none of the knowledge's words."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from inference_support import Knowledge, facts, knowledge
from oncocds.inference.agenda import Agenda
from oncocds.inference.atoms import Atoms
from oncocds.inference.features import compile_features, features_of
from oncocds.inference.host import AgendaHost
from oncocds.inference.inference import Inference, Plan
from oncocds.inference.lowering import SENTINEL, Program, lower
from oncocds.inference.ruleset_lint import lint
from oncocds.language.tree import All, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.tree import Any as Either


def flag(name: str) -> Condition:
    return Compare(name, "is", True)


def concluded(program: Program) -> list[tuple[str, bool]]:
    return sorted((one.symbol, one.holds) for stratum in program.strata for one in stratum.concludes.values())


def test_falsity_is_concluded_only_where_it_is_read() -> None:
    concepts = {"read": flag("a"), "unread": flag("b")}
    rules = {"R": All((Not(Holds("read")), Holds("unread")))}
    program = lower(rules, concepts, Atoms())
    assert concluded(program) == [("c0", False), ("c0", True), ("c1", True), ("r0", True)]
    assert program.refuted == {"c0"}


def test_double_negation_reads_truth() -> None:
    program = lower({"R": Not(Not(Holds("c")))}, {"c": flag("a")}, Atoms())
    assert program.refuted == frozenset()


def test_falsity_of_what_a_falsity_rests_on_is_concluded_too() -> None:
    rules = {"R1": flag("a"), "R2": Fired("R1"), "R3": Not(Fired("R2"))}
    program = lower(rules, {}, Atoms())
    assert program.refuted == {"r0", "r1"}
    assert [sorted(stratum.concludes) for stratum in program.strata] == [
        ["r0_false_0", "r0_true_0"],
        ["r1_false_0", "r1_true_0"],
        ["r2_true_0"],
    ]


def test_alternatives_become_rules_of_their_own_and_implied_or_impossible_ones_are_left_out() -> None:
    a, b, c = flag("a"), flag("b"), flag("c")
    rules = {"R": Either((a, All((a, b)), All((b, Not(b), c)), All((b, c)), All((c, b))))}
    (stratum,) = lower(rules, {}, Atoms()).strata
    parts = [rule["all"][0]["m"]["$and"][1:] for name, rule in stratum.ruleset.items() if name != SENTINEL]
    assert parts == [[{"a0": True}], [{"a1": True}, {"a2": True}]]


def test_the_fact_holds_only_what_is_read_and_known(monkeypatch: pytest.MonkeyPatch) -> None:
    given_facts: list[dict[str, Any]] = []
    fire = AgendaHost.fire

    def listening(self: AgendaHost, stratum: str, fields: str) -> list[str]:
        given_facts.append(json.loads("{" + fields + "}"))
        return fire(self, stratum, fields)

    rules = {"R1": All((flag("a"), Not(flag("b")))), "R2": All((Fired("R1"), flag("c"))), "R3": flag("d")}
    atoms = Atoms()
    agenda = Agenda(lower(rules, {}, atoms))
    features = features_of(compile_features(atoms.all))
    monkeypatch.setattr(AgendaHost, "fire", listening)
    agenda.conclude(features(facts(a=True, b=False, c=True, d=False)))
    assert given_facts == [{"_bucket0": 1, "a0": True, "a1": False}, {"_bucket0": 1, "a2": True, "r0": True}]
    given_facts.clear()
    agenda.conclude(features(facts(a=False, b=None, c=None)))
    assert given_facts == [{"_bucket0": 1}, {"_bucket0": 1}]


@settings(deadline=None)
@given(knowledge())
def test_lowered_rules_are_safe_and_speak_generated_names_only(known: Knowledge) -> None:
    for stratum in lower(known.rules, known.concepts, Atoms()).strata:
        assert lint(stratum.ruleset) == []
        words = re.findall(r'"([^"]+)"', json.dumps(stratum.ruleset))
        allowed = r"end|all|m|\$and|pri|_bucket\d+|[acrx]\d+(_(true|false)_\d+)?"
        assert [word for word in words if not re.fullmatch(allowed, word)] == []


def test_ways_of_asking_share_one_atom() -> None:
    where = flag("painful")
    pairs: list[tuple[Condition, Condition]] = [
        (Compare("x", "is", "a"), Compare("x", "is not", "a")),
        (Compare("x", "in", ("a", "b")), Compare("x", "not in", ("a", "b"))),
        (Compare("n", "<", 3), Compare("n", ">=", 3)),
        (Compare("n", "<=", 3), Compare("n", ">", 3)),
        (Known("x", True), Known("x", False)),
        (Quantified("some", "lesions", where), Quantified("no", "lesions", where)),
        (Quantified("every", "lesions", where), Quantified("some", "lesions", Not(where))),
        (Count("at least", 2, "lesions", None, where), Count("at most", 1, "lesions", None, where)),
    ]
    for one, other in pairs:
        atoms = Atoms()
        lower({"R1": one, "R2": other}, {}, atoms)
        assert len(atoms.all) == 1, one


def test_a_quantifier_inside_a_quantifier_is_refused() -> None:
    nested = Quantified("some", "lesions", Quantified("some", "medications", flag("x")))
    with pytest.raises(TypeError, match="only comparisons"):
        Inference(Plan.of({"R": nested}, {}, {}))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell its memory")
def test_memory_stays_flat() -> None:
    inference = Inference(Plan.of({"R1": All((Holds("c"), flag("b"))), "R2": Not(Fired("R1"))}, {"c": flag("a")}, {}))
    several = [facts(a=a, b=b) for a in (True, False, None) for b in (True, False, None)]

    def pages_after(times: int) -> int:
        for _ in range(times):
            for patient in several:
                inference.conclude(patient)
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])

    marks = [pages_after(300), *(pages_after(500) for _ in range(5))]
    grown = [after - before for before, after in itertools.pairwise(marks)]
    # Of other causes, such as the system's own way with memory, the process grows in some of these parts, not in all.
    assert min(grown) < 102, f"4500 evaluations may not keep 100 bytes each: {grown}"
