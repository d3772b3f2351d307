"""A worker process: frames of requests in, frames of answers out, one at a time.

A request's header names its kind, an answer's how it went. The very first answer says that the worker is ready, and
what it answers from; or why it could not begin.
From then on everything the process prints goes nowhere: it could be a patient's. Before, its
standard error is the server's to log.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO

from oncocds.advice.result import Evaluation
from oncocds.engine import Engine, load_tables
from oncocds.errors import (
    AgendaFault,
    EngineFault,
    InputError,
    KnowledgeError,
    PolicyError,
    ProfileError,
    ReadingsDisagree,
)
from oncocds.explaining.explain import explain
from oncocds.profile.made import models_of
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.code_tables import CodeTables
from oncocds_api.audit.about import RECORDED, about, about_explanation, keep_records, said_incomplete
from oncocds_api.cds.answering import hook_answer
from oncocds_api.editions.given import GIVEN, engine_of
from oncocds_api.editions.identity import identity
from oncocds_api.editions.self_test import failed_self_test
from oncocds_api.evaluations.scenario_runs import scenario_run
from oncocds_api.fhir.service import fhir_evaluation, fhir_profile
from oncocds_api.pages.pasted import pasted
from oncocds_api.pages.saving import scenario_file
from oncocds_api.requests.clock import day_of, keep_time_of
from oncocds_api.requests.requests import read_request
from oncocds_api.tracing.timing import MARKS, taken, timed
from oncocds_api.workers.confined import undumpable
from oncocds_api.workers.frames import LAST, LENGTH, Frame, packed, unpacked

_MOST_ISSUES = 10  # that are told of files that do not load
_SEARCH_SECONDS = 3.0  # for what would change a verdict: the rest of a worker's time is for the answer itself
Work = Callable[[Engine, CodeTables, bytes], Frame]


def evaluation(engine: Engine, _codes: CodeTables, body: bytes) -> Frame:
    """Evaluate the patient of one request body."""
    request = read_request(body, "patient", "the patient profile, see /v1/schema/patient")
    with timed("evaluation"):
        found = engine.evaluate(request.subject, request.policy, day_of(request.as_of))
    content = found.as_json()
    told = about(found, content, said_incomplete(request.subject))
    return {"outcome": "done", "digest": found.input_digest, "about": told}, content


def explanation(engine: Engine, _codes: CodeTables, body: bytes) -> Frame:
    """Explain one rule for the patient of one request body."""
    request = read_request(body, "patient", "the patient profile, see /v1/schema/patient", of_rule=True)
    day = day_of(request.as_of)
    with timed("explanation"):
        found = explain(engine, request.rule, request.subject, request.policy, day, seconds=_SEARCH_SECONDS)
    header = {"outcome": "done", "digest": found.input_digest, "about": about_explanation(found)}
    return header, found.model_dump_json(by_alias=True).encode()


def ping(_engine: Engine, _codes: CodeTables, _body: bytes) -> Frame:
    """Say that requests are answered."""
    return {"outcome": "done"}, b""


KINDS: Mapping[str, Work] = {
    "ping": ping,
    "evaluation": evaluation,
    "explanation": explanation,
    "fhir-profile": fhir_profile,
    "fhir-evaluation": fhir_evaluation,
    "pasted": pasted,
    "scenarios": scenario_run,
    "scenario-file": scenario_file,
    "cds-hook": hook_answer,
}


def answer(engine: Engine, codes: CodeTables, kind: str, body: bytes) -> Frame:
    """Answer one request: a header that says how it went, and the answer as JSON if it went well."""
    try:
        return KINDS[kind](engine, codes, body)
    except InputError as error:
        prefix = "/patient" if isinstance(error, ProfileError) else "/policy" if isinstance(error, PolicyError) else ""
        errors = [{"pointer": prefix + p.pointer, "reason": p.reason, "expected": p.expected} for p in error.problems]
        return {"outcome": "refused", "errors": errors}, b""
    except EngineFault as error:
        kinds = {AgendaFault: "agenda-fault", ReadingsDisagree: "readings-disagree"}
        return {"outcome": "fault", "type": kinds.get(type(error), "engine-fault")}, b""
    except MemoryError:  # what was asked for is let go again; what remains could be in pieces
        return {"outcome": "fault", "type": "worker-memory", LAST: True}, b""
    except Exception as error:  # the message may hold a patient's value: only the type and the place are told
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        return {"outcome": "fault", "type": "internal-error", "where": where}, b""


def run(load: Callable[[], Engine], load_tables: Callable[[], CodeTables] = bundled_codes) -> None:
    """Answer requests from standard input until it ends. What happens before the first is told on standard error."""
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    undumpable()
    try:
        engine, codes = load(), load_tables()
    except (InputError, KnowledgeError) as error:  # they speak of the site's own files
        _not_started(answers, f"policy {error}" if isinstance(error, PolicyError) else str(error))
        return
    unlocked = engine.unlocked()
    _build_models(engine)
    if (failed := failed_self_test(engine)) is not None:
        _not_started(answers, failed)
        return
    gc.collect()
    gc.freeze()  # what was loaded is never garbage: without it the collector looks through all of it, again and again
    ready = identity(engine.knowledge, engine.policy, codes)
    os.dup2(nowhere, 2)
    _write(answers, ({"outcome": "ready", "identity": ready}, b""))
    while head := requests.read(LENGTH.size):
        header, body = unpacked(requests.read(LENGTH.unpack(head)[0]))
        keep_records(header.get(RECORDED, False))
        told, content = answer(unlocked if header.get("unlocked") else engine, codes, header["kind"], body)
        _write(answers, ({**told, "identity": ready, MARKS: taken()}, content))


def _not_started(answers: BinaryIO, told: str) -> None:
    """Say why this process will answer nothing: an issue in each line, of many the first."""
    lines = told.splitlines() or ["it did not say why"]
    more = len(lines) - _MOST_ISSUES
    why = "\n".join([*lines[:_MOST_ISSUES], *([f"and {more} more"] if more > 0 else [])])
    _write(answers, ({"outcome": "not-started", "why": why}, b""))


def _build_models(engine: Engine) -> None:
    """Build what reads patients and writes answers, so that no first request waits for it."""
    models_of(engine.knowledge.vocabulary).profile.model_rebuild()
    Evaluation.model_rebuild()


def _first(requests: BinaryIO) -> bytes:
    """Read the frame that holds what is answered from."""
    return unpacked(requests.read(LENGTH.unpack(requests.read(LENGTH.size))[0]))[1]


def _write(stream: BinaryIO, frame: Frame) -> None:
    stream.write(packed(*frame))
    stream.flush()


def main(arguments: Sequence[str]) -> None:
    """Run a worker with ``[knowledge, policy, zone, overlay, *free]``: empty for the bundled ones, the machine's zone,
    and no overlay; or with ``[GIVEN, zone, *free]``, and its first frame holds what it answers from.

    ``free`` are the safety settings that a request may change.
    """
    if arguments[:1] == [GIVEN]:
        keep_time_of(arguments[1])
        given = cache(lambda: engine_of(_first(sys.stdin.buffer), arguments[2:]))
        run(lambda: given()[0], lambda: given()[1])
        return
    knowledge, policy = (Path(argument) if argument else None for argument in arguments[:2])
    overlay = arguments[3] or None if len(arguments) > 3 else None
    engine = cache(lambda: Engine.load(knowledge, policy, overlay=overlay, free_policy=arguments[4:]))
    keep_time_of(arguments[2] if len(arguments) > 2 else None)

    def tables() -> CodeTables:
        return load_tables(knowledge, engine().knowledge.vocabulary)

    run(engine, tables)


if __name__ == "__main__":
    main(sys.argv[1:])
