"""A worker process: frames of request bytes in, frames of answers out, one at a time.

A request frame is a length and the body; an answer frame a length, a JSON header line and the content. The very first
answer says that the worker is ready. Everything the process prints goes nowhere: it could be a patient's.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from oncocds.engine import Engine
from oncocds.errors import AgendaFault, EngineFault, InputError, PolicyError, Problem, ProfileError, ReadingsDisagree
from oncocds.profile.reading import read_date
from oncocds.reading.strict_json import parse_json

LENGTH = struct.Struct(">I")
Answer = tuple[dict[str, Any], bytes]
_KEYS = ("patient", "policy", "as_of")


def answer(engine: Engine, body: bytes) -> Answer:
    """Evaluate one request body: a header that says how it went, and the evaluation as JSON if it went well."""
    try:
        patient, policy, as_of = _read(body)
        evaluation = engine.evaluate(patient, policy, as_of)
        return {"outcome": "evaluated", "digest": evaluation.input_digest}, evaluation.model_dump_json().encode()
    except InputError as error:
        prefix = "/patient" if isinstance(error, ProfileError) else "/policy" if isinstance(error, PolicyError) else ""
        errors = [{"pointer": prefix + p.pointer, "reason": p.reason, "expected": p.expected} for p in error.problems]
        return {"outcome": "refused", "errors": errors}, b""
    except EngineFault as error:
        kinds = {AgendaFault: "agenda-fault", ReadingsDisagree: "readings-disagree"}
        return {"outcome": "fault", "type": kinds.get(type(error), "engine-fault")}, b""
    except Exception as error:  # the message may hold a patient's value: only the type and the place are told
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        return {"outcome": "fault", "type": "internal-error", "where": where}, b""


def _read(body: bytes) -> tuple[dict[str, Any], dict[str, Any] | None, str | None]:
    request = parse_json(body)
    if not isinstance(request, dict):
        raise InputError([Problem("", "the body is no object", "an object with 'patient'")])
    problems = []
    for key in request:
        if key not in _KEYS:
            shown = "".join(c if c.isprintable() else "?" for c in key[:60]).replace("~", "~0").replace("/", "~1")
            problems.append(Problem(f"/{shown}", "this key is not known", "one of: patient, policy, as_of"))
    patient: Any = request.get("patient")
    policy: Any = request.get("policy")
    as_of: Any = request.get("as_of")
    if "patient" not in request:
        problems.append(Problem("/patient", "missing", "the patient profile"))
    elif not isinstance(patient, dict):
        problems.append(Problem("/patient", "not an object", "the patient profile, see /v1/schema/patient"))
    if policy is not None and not isinstance(policy, dict):
        problems.append(Problem("/policy", "not an object", "an object of policy settings"))
    if as_of is not None:
        try:
            if not isinstance(as_of, str):
                raise InputError([])
            read_date(as_of)
        except InputError:
            problems.append(Problem("/as_of", "not a date", "a date, YYYY-MM-DD"))
    if problems:
        raise InputError(problems)
    return patient, policy, as_of


def run(load: Callable[[], Engine], respond: Callable[[Engine, bytes], Answer] = answer) -> None:
    """Answer requests from standard input until it ends."""
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    engine = load()
    _write(answers, ({"outcome": "ready"}, b""))
    while head := requests.read(LENGTH.size):
        _write(answers, respond(engine, requests.read(LENGTH.unpack(head)[0])))


def _write(stream: BinaryIO, reply: Answer) -> None:
    content = json.dumps(reply[0]).encode() + b"\n" + reply[1]
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def main(arguments: Sequence[str]) -> None:
    """Run a worker with ``[knowledge, policy]``, each empty for the bundled one."""
    knowledge, policy = (Path(argument) if argument else None for argument in arguments)
    run(lambda: Engine.load(knowledge, policy))


if __name__ == "__main__":
    main(sys.argv[1:])
