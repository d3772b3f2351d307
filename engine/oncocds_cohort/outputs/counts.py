"""``oncocds cohort counts``: per rule how many patients, and the facts that most of the undetermined lack."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from oncocds.knowledge.knowledge import Knowledge
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.digests import digest_of
from oncocds_cohort.outputs.keeping import Kept
from oncocds_cohort.outputs.read_first import OfMonitoring, monitorings, sections
from oncocds_cohort.outputs.running import Ran, run
from oncocds_cohort.outputs.suppression import Row, Suppression, row
from oncocds_cohort.outputs.tables import check_format, comments, csv_text, json_text, said
from oncocds_cohort.outputs.tally import Tally

MOST_MISSING = 3
_NUMBER = pa.int64()
_SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("title_zh", pa.string()),
        ("title_en", pa.string()),
        ("kind", pa.string()),
        ("urgency", pa.string()),
        ("fires", _NUMBER),
        ("active", _NUMBER),
        ("undetermined", _NUMBER),
        ("silent", _NUMBER),
        ("most_missing", pa.list_(pa.string())),
    ]
)


def counts(asked: Asked, out: Path | None, by: Suppression) -> Ran:
    """Write the counts of all rules to a CSV or JSON file, or print them. Raises ``InputError`` or ``EngineFault``."""
    if out is None:
        ran, tally = tallied(asked, None)
        sys.stdout.write(_text(asked, tally, ran, by, ".csv"))
        return ran
    check_format(out, (".csv", ".json"))
    kept = asked.kept(out, "counts")
    with kept.held():
        ran, tally = tallied(asked, kept)
        with kept.written() as path:
            path.write_text(_text(asked, tally, ran, by, out.suffix), "utf-8")
    return ran


def tallied(asked: Asked, kept: Kept | None) -> tuple[Ran, Tally]:
    """Count a whole file."""
    return run(asked, counting, kept)


def counting(asked: Asked) -> Tally:
    """Return what counts."""
    return Tally(asked.engines[0].knowledge)


def rows(tally: Tally, by: Suppression) -> dict[str, Row]:
    """Return what is published of each rule."""
    count = tally.counts
    return {
        rule: row(
            count["patients"],
            count[f"fires {rule}"],
            count[f"silent {rule}"],
            count[f"active {rule}"],
            tally.missing(rule),
            by,
        )
        for rule in tally.rules
    }


def _text(asked: Asked, tally: Tally, ran: Ran, by: Suppression, form: str) -> str:
    found, engine = rows(tally, by), asked.engines[0]
    told = {**asked.told(), **_about(asked, ran, by)}
    knowledge = engine.knowledge
    named, checked_again = sections(tally, by, decide=asked.decide), monitorings(engine, tally, by, found)
    if form == ".json":
        content = {
            "sections": named,
            "monitoring": [asdict(one) for one in checked_again],
            "rules": [_described(knowledge, rule, one) for rule, one in found.items()],
        }
        return json_text(told, content, digest_of([json.dumps(content, ensure_ascii=False).encode()]))
    text = csv_text(_table(found, knowledge))
    first: dict[str, Any] = {f"patients with a line in {section}": count for section, count in named.items()}
    first |= {f"monitoring {one.id}": _monitoring_words(one) for one in checked_again}
    head = comments({**told, **first, "output": digest_of([comments(first).encode(), text])})
    return f"\ufeff{head}{','.join(_SCHEMA.names)}\n{text.decode()}"


def table(tally: Tally, knowledge: Knowledge, by: Suppression) -> pa.Table:
    """Return what is published of all rules, a row each."""
    return _table(rows(tally, by), knowledge)


def _table(found: dict[str, Row], knowledge: Knowledge) -> pa.Table:
    return pa.Table.from_pylist([_line(_described(knowledge, rule, one)) for rule, one in found.items()], _SCHEMA)


def _monitoring_words(one: OfMonitoring) -> str:
    asked, overdue, untold = map(said, (one.asked, one.overdue, one.untold))
    return f"asked for {asked}; overdue {overdue}; cannot be told {untold}; by {one.setting}: {one.every} {one.unit}"


def _about(asked: Asked, ran: Ran, by: Suppression) -> dict[str, Any]:
    patients = by.alone(ran.patients) if ran.patients else 0
    return {
        "patients": patients,
        "refused": ran.refused,
        # Where the engine decides, the others are those for whom nothing waits; else they say nothing of anybody.
        "checked by the engine": by.part(ran.checked, patients) if asked.decide else by.alone(ran.checked),
        "not published below": by.least,
    }


def _described(knowledge: Knowledge, rule_id: str, one: Row) -> dict[str, Any]:
    rule = knowledge.rules[rule_id]
    return {
        "rule": rule_id,
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "kind": rule.kind,
        "urgency": rule.urgency,
        "fires": one.fires,
        "active": one.active,
        "undetermined": one.undetermined,
        "silent": one.silent,
        "most_missing": [{"fact": fact, "patients": count} for fact, count in [*one.missing.items()][:MOST_MISSING]],
    }


def _line(told: dict[str, Any]) -> dict[str, Any]:
    title = told.pop("title")
    missing = [f"{one['fact']} {one['patients']}" for one in told["most_missing"]]
    return {**told, "title_zh": title["zh"], "title_en": title["en"], "most_missing": missing}
