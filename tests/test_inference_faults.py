"""Whatever goes wrong inside durable-rules is an error of its own, and the next patient is right."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from inference_support import FakeFacts, facts
from oncocds.errors import AgendaFault, EngineFault, ReadingsDisagree
from oncocds.inference import host
from oncocds.inference.host import AgendaHost, SafeHost
from oncocds.inference.inference import Inference, Plan
from oncocds.language.tree import All, Compare, Condition, Fired, Holds, Not

A: Condition = Compare("secret_a", "is", True)
B: Condition = Compare("secret_b", "is", True)
RULES: dict[str, Condition] = {"R1": All((Holds("one"), B)), "R2": Not(Fired("R1")), "R3": A}
PATIENT = facts(secret_a=True, secret_b=True)


@pytest.fixture
def inference() -> Inference:
    return Inference(Plan.of(RULES, {"one": A}, {}))


def right(inference: Inference) -> None:
    """Check the readings on three patients."""
    assert inference.conclude(PATIENT).rules == {"R1": True, "R2": False, "R3": True}
    assert inference.conclude(facts(secret_a=True)).rules == {"R1": None, "R2": None, "R3": True}
    assert inference.conclude(facts(secret_a=False)).fired == {"R2"}


class Native:
    """durable-rules' C module with some functions replaced."""

    def __init__(self, **replaced: Callable[..., Any]) -> None:
        self._replaced = replaced

    def __getattr__(self, name: str) -> Any:
        return self._replaced.get(name) or getattr(NATIVE, name)


NATIVE = host.native


def raises(*_: object) -> Any:
    raise NATIVE.error("Could not do it, error code: 303, secret_a")


def breaks(*_: object) -> Any:
    raise RuntimeError("secret_a is true")


def forgets_to_retract(*_: object) -> tuple[int, int]:
    return 0, 1


def without_the_sentinel(handle: int, state: int) -> str | None:
    message = NATIVE.complete_and_start_action(handle, state)
    return None if message is None or '"end"' in message else message


def never_ends(handle: int, state: int) -> str:
    return '{"c0_true_0":{"m":{}}}'


FAULTS = [
    ({"assert_fact": raises}, "s0: durable-rules failed .code 303"),
    ({"assert_fact": breaks}, "s0: durable-rules failed .RuntimeError"),
    ({"assert_fact": lambda *_: (2, 1)}, "was not taken .code 2"),
    ({"start_action_for_state": raises}, "durable-rules failed .code 303"),
    ({"start_action_for_state": lambda *_: None}, "not even the sentinel"),
    ({"start_action_for_state": lambda *_: ('{"exception":"x"}', '{"end":{"m":{}}}')}, "holds an exception"),
    ({"start_action_for_state": lambda *_: ("{}", "?")}, "durable-rules failed .ValueError"),
    ({"start_action_for_state": lambda *_: ("{}", '{"nobody":{"m":{}}}')}, "sentinel did not fire last"),
    ({"complete_and_start_action": raises}, "durable-rules failed .code 303"),
    ({"complete_and_start_action": without_the_sentinel}, "sentinel did not fire last"),
    ({"complete_and_start_action": never_ends}, "again and again"),
    ({"retract_fact": raises}, "durable-rules failed .code 303"),
    ({"retract_fact": lambda *_: (1, 1)}, "was not retracted .code 1"),
    ({"retract_fact": forgets_to_retract}, "a fact is left over"),
    ({"get_facts": lambda *_: '[{"id":"f"}]'}, "a fact is left over"),
    ({"get_facts": breaks}, "durable-rules failed .RuntimeError"),
]


@pytest.mark.parametrize(("replaced", "message"), FAULTS)
def test_a_fault_is_an_error_and_the_next_patient_is_right(
    inference: Inference, replaced: dict[str, Callable[..., Any]], message: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "native", Native(**replaced))
        with pytest.raises(AgendaFault, match=message) as caught:
            inference.conclude(PATIENT)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None, "no patient value in a traceback"
    right(inference)


def test_the_native_module_reports_itself_when_a_fact_is_asserted_twice(inference: Inference) -> None:
    taken = inference._agenda._take()
    handle = taken._handles["s0"]
    NATIVE.assert_fact(handle, '{"sid":"p","id":"f","_bucket0":1}')
    inference._agenda._give_back(taken)
    with pytest.raises(AgendaFault):
        inference.conclude(PATIENT)
    right(inference)


def test_an_action_left_open_is_noticed(inference: Inference) -> None:
    taken = inference._agenda._take()
    handle = taken._handles["s0"]
    _, state = NATIVE.assert_fact(handle, '{"sid":"p","id":"other","_bucket0":1}')
    NATIVE.start_action_for_state(handle, state)
    inference._agenda._give_back(taken)
    with pytest.raises(AgendaFault):
        inference.conclude(PATIENT)
    right(inference)


def test_a_host_is_thrown_away_when_evaluation_is_interrupted(
    inference: Inference, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(host, "native", Native(complete_and_start_action=interrupted))
        with pytest.raises(KeyboardInterrupt):
            inference.conclude(PATIENT)
    assert len(inference._agenda._idle) == 0
    right(inference)


def test_rules_that_durable_rules_does_not_take_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("durable.engine.durable_rules_engine", Native(create_ruleset=raises))
    with pytest.raises(AgendaFault, match=r"did not take the rules \(code 303"):
        Inference(Plan.of(RULES, {"one": A}, {}))


def tampered(inference: Inference) -> Callable[[Any], Any]:
    read = inference._read

    def wrong(values: Any) -> Any:
        rules, concepts, others = read(values)
        return (False, *rules[1:]), concepts, others

    return wrong


def test_readings_that_disagree_are_an_error_that_names_rules(
    inference: Inference, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(inference, "_read", tampered(inference))
        with caplog.at_level(logging.ERROR), pytest.raises(ReadingsDisagree, match=r"disagree on rule R1$"):
            inference.conclude(PATIENT)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "the agenda concludes as true: rule R1, rule R3, concept one" in caplog.text
    assert "the compiled reading concludes as true: rule R3, concept one; as false" in caplog.text
    assert "secret" not in caplog.text
    right(inference)


@pytest.mark.parametrize("lost", ["c0_true_0", "r0_true_0", "r0_false_0", "r1_true_0", "r2_true_0"])
def test_a_firing_that_durable_rules_loses_is_noticed(
    inference: Inference, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    fire = AgendaHost.fire
    patients = [PATIENT, facts(secret_a=False, secret_b=True), facts(secret_a=True, secret_b=False)]
    assert all(len(inference.conclude(patient).rules) == 3 for patient in patients)
    monkeypatch.setattr(
        AgendaHost, "fire", lambda self, stratum, fields: [n for n in fire(self, stratum, fields) if n != lost]
    )
    assert any(disagrees(inference, patient) for patient in patients)


def disagrees(inference: Inference, patient: FakeFacts) -> bool:
    try:
        inference.conclude(patient)
    except ReadingsDisagree:
        return True
    return False


def test_contradictory_firings_are_a_fault(inference: Inference, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = {stratum.name: list(stratum.concludes) for stratum in inference._agenda._program.strata}
    monkeypatch.setattr(AgendaHost, "fire", lambda *call: everything[call[1]])
    with pytest.raises(AgendaFault, match="both true and false"):
        inference.conclude(PATIENT)


@pytest.mark.parametrize(
    ("rules", "concepts", "message"),
    [
        ({"R": Fired("R")}, {}, "in a circle: rule R"),
        ({"R": Fired("Q")}, {}, "rule Q does not exist|rule Q, which does not exist"),
        ({"R": Holds("x")}, {"x": Not(Fired("R"))}, "in a circle: concept x, rule R"),
    ],
)
def test_references_to_nothing_or_in_a_circle_are_refused(
    rules: dict[str, Condition], concepts: dict[str, Condition], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Inference(Plan.of(rules, concepts, {}))


def test_other_conditions_may_not_refer_to_nothing() -> None:
    with pytest.raises(ValueError, match="note 1 refers to concept x, which does not exist"):
        Inference(Plan.of({}, {}, {"note 1": Holds("x")}))


def test_hosts_start_no_threads() -> None:
    before = set(threading.enumerate())
    hosts = [SafeHost() for _ in range(5)]
    assert set(threading.enumerate()) <= before, hosts


def test_threads_share_an_inference(inference: Inference) -> None:
    meeting = threading.Barrier(8)

    def evaluate(number: int) -> bool:
        meeting.wait()
        for _ in range(200):
            patient: FakeFacts = facts(secret_a=bool(number & 1), secret_b=bool(number & 2) or None)
            expected = {0: {"R2"}, 1: {"R3"}, 2: {"R2"}, 3: {"R1", "R3"}}[number & 3]
            if inference.conclude(patient).fired != expected:
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(evaluate, range(8)))
    assert 1 <= len(inference._agenda._idle) <= 8


def in_a_child(inference: Inference, answers: Any) -> None:
    try:
        right(inference)
        answers.put({one.pid for one in inference._agenda._idle} == {os.getpid()})
    except BaseException as error:
        answers.put(repr(error))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_builds_hosts_of_its_own(inference: Inference) -> None:
    right(inference)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=in_a_child, args=(inference, answers))
    child.start()
    assert answers.get(timeout=600) is True
    child.join(600)
    right(inference)


def test_evaluations_leave_no_facts_messages_or_hosts_behind(inference: Inference) -> None:
    for number in range(3000):
        inference.conclude(facts(secret_a=number % 2 == 0, secret_b=number % 3 == 0))
    (only,) = inference._agenda._idle
    for handle in only._handles.values():
        assert NATIVE.get_facts(handle, host.SID) == "[]"
        assert NATIVE.get_events(handle, host.SID) == "[]"


def test_faults_share_one_base() -> None:
    assert issubclass(AgendaFault, EngineFault)
    assert issubclass(ReadingsDisagree, EngineFault)
