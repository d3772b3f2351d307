"""An answer made again from what its record says and the patient's data, and held against the record.

The record holds no patient: only whoever has the data can do this. What is compared are digests: of the input, of the
whole answer, and of each line of the briefing.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oncocds import __version__
from oncocds.advice.result import Evaluation
from oncocds.engine import Engine, load_bundled_or, load_tables
from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_date, read_policy
from oncocds.reading.strict_json import parse_json
from oncocds.text import Text
from oncocds_api.audit.about import about
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.on_record import keyed_answer
from oncocds_api.requests.requests import MOST_FHIR_BYTES
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import map_bundle
from oncocds_fhir.times import Moment

_OF_A_LINE = ("section", "kind", "ref", "lesion")
Line = Mapping[str, Any]


@dataclass
class Replay:
    """What came of it. ``lines`` tell each difference of the briefing; ``differs`` the parts that are not the same."""

    input_matches: bool
    same_answer: bool
    differs: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def replayed(
    recorded: Sequence[Mapping[str, Any]],
    data: bytes,
    key: AuditKey,
    knowledge: Path | None,
    overlay: Path | None,
) -> Replay:
    """Evaluate again what a record tells of its answers. Raises ``InputError`` where that cannot be done.

    ``data`` is the patient: a profile, a request with one, or (of a FHIR evaluation) the Bundle. Of several answers in
    one record the one with this input is taken.
    """
    answers = [one for one in recorded if "answer" in one]
    if not answers:
        raise InputError([Problem("", "the record holds no evaluation that could be made again", "one that does")])
    found = [(one, *_made_again(one, data, key, knowledge, overlay)) for one in answers]
    told, made, evaluation = next((one for one in found if one[0]["input"] == one[1]["input"]), found[0])
    replay = Replay(told["input"] == made["input"], told["answer"] == made["answer"])
    replay.differs += [
        f"{name}: recorded {_digest(told[name])}, here {_digest(made[name])}"
        for name in ("knowledge", "policy", "input")
        if _digest(told[name]) != _digest(made[name])
    ]
    replay.lines += _differences(told["briefing"], made["briefing"], evaluation)
    return replay


def _made_again(
    told: Mapping[str, Any], data: bytes, key: AuditKey, knowledge: Path | None, overlay: Path | None
) -> tuple[dict[str, Any], Evaluation]:
    if told["engine"] != __version__:
        reason = f"the answer was made by oncocds {told['engine']}, this is oncocds {__version__}"
        raise InputError([Problem("", reason, f"oncocds {told['engine']}: install it to make the answer again")])
    loaded = load_bundled_or(knowledge, overlay)
    effective = told["policy"]["effective"]
    site = read_policy({**effective, **told["policy"]["site"]}, loaded.vocabulary)
    engine = Engine(loaded, site)
    document: Any = parse_json(data, max_bytes=MOST_FHIR_BYTES)
    subject: Any = document.get("patient", document.get("bundle", document)) if isinstance(document, dict) else None
    if not isinstance(subject, dict):
        raise InputError([Problem("", "no patient", "a patient profile, a request with one, or a FHIR R4 Bundle")])
    if subject.get("resourceType") == "Bundle":
        instant = told.get("instant")
        moment = Moment(read_date(told["as_of"]), datetime.datetime.fromisoformat(instant) if instant else None)
        tables = load_tables(knowledge, loaded.vocabulary)
        subject = map_bundle(collect(subject), loaded.vocabulary, tables, moment).profile
    evaluation = engine.evaluate(subject, read_policy(effective, loaded.vocabulary), told["as_of"])
    return keyed_answer(key, about(evaluation)), evaluation


def _digest(part: Any) -> str:
    return f"{part['digest']}{_version(part)}" if isinstance(part, Mapping) else str(part)


def _version(part: Mapping[str, Any]) -> str:
    return f" (version {part['version']})" if "version" in part else ""


def _differences(recorded: Sequence[Line], here: Sequence[Line], evaluation: Evaluation) -> list[str]:
    """Say line by line what is not the same. Of what was recorded the words are not known."""
    before, now = _by_name(recorded), _by_name(here)
    texts = {name: evaluation.briefing[place].line for name, (place, _) in now.items()}
    told = [
        f"- {_called(name)} (urgency {line['urgency']}): not here"
        for name, (_, line) in before.items()
        if name not in now
    ]
    for name, (_, line) in now.items():
        words = _words(Text(texts[name].zh, texts[name].en))
        if name not in before:
            told.append(f"+ {_called(name)} (urgency {line['urgency']}): not recorded; here: {words}")
            continue
        recorded_line = before[name][1]
        if line["urgency"] != recorded_line["urgency"]:
            told.append(f"~ {_called(name)}: urgency recorded {recorded_line['urgency']}, here {line['urgency']}")
        if line["text"] != recorded_line["text"]:
            told.append(f"~ {_called(name)}: other words here: {words}")
    if not told and list(before) != list(now):
        told.append("~ the same lines in another order")
    return told


def _by_name(lines: Sequence[Line]) -> dict[tuple[Any, ...], tuple[int, Line]]:
    """Return lines by what they are about; of several about the same each has a number."""
    found: dict[tuple[Any, ...], tuple[int, Line]] = {}
    for place, line in enumerate(lines):
        name = tuple(line.get(part) for part in _OF_A_LINE)
        number = sum(one[:-1] == name for one in found)
        found[*name, number] = (place, line)
    return found


def _called(name: tuple[Any, ...]) -> str:
    section, kind, ref, lesion, _ = name
    return f"{section}: {kind} {ref}{'' if lesion is None else f' [{lesion[:8]}]'}"


def _words(text: Text) -> str:
    return f"{text.zh} / {text.en}"
