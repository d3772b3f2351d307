"""``oncocds cohort compare``: whom another version of the knowledge or the policy would answer otherwise, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa

from oncocds.engine import Engine
from oncocds.errors import EngineFault
from oncocds_cohort.answers import Answers, Flags
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.gaps import missing_lists
from oncocds_cohort.outputs.parts import Part
from oncocds_cohort.outputs.running import Ran, run
from oncocds_cohort.outputs.suppression import Suppression
from oncocds_cohort.outputs.tables import check_format, write_table
from oncocds_cohort.outputs.untouched import untouched

CHANGES = ("gets", "loses", "waits", "waits_for_others", "no_longer_waits")
_PATIENTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("rule", pa.string()),
        ("change", pa.string()),
        ("before", pa.string()),
        ("after", pa.string()),
        ("missing", pa.list_(pa.string())),
    ]
)
_RULES = pa.schema(
    [
        ("rule", pa.string()),
        ("title_zh", pa.string()),
        ("title_en", pa.string()),
        ("standing", pa.string()),
        *((change, pa.int64()) for change in CHANGES),
        ("most_missing", pa.list_(pa.string())),
    ]
)
_WORDS = ("silent", "undetermined", "stepped back", "active")
_States = numpy.typing.NDArray[numpy.int8]


@dataclass(frozen=True, slots=True)
class Versions:
    """An old and a new engine, and what is known of their rules before any patient comes."""

    old: Engine
    new: Engine
    untouched: frozenset[str]

    @classmethod
    def of(cls, asked: Asked) -> Versions:
        """Compare two engines: by what their rules rest on and, where columns are read, by the rules' terms."""
        old, new = asked.engines
        return cls(old, new, untouched(old, new) | (asked.pair.same if asked.pair is not None else frozenset()))

    def rules(self) -> list[str]:
        """Return the rules of both, the new ones' order first."""
        return list(dict.fromkeys([*self.new.knowledge.conditions, *self.old.knowledge.conditions]))

    def standing(self, rule: str) -> str:
        """Tell whether a rule is new, gone, proved to be untouched, or has to be counted."""
        if rule not in self.old.knowledge.conditions:
            return "new"
        if rule not in self.new.knowledge.conditions:
            return "gone"
        return "provably untouched" if rule in self.untouched else "counted"


class Comparing:
    """Counts, rule by rule, for whom two readings answer otherwise; and lists them, where that is asked."""

    def __init__(self, versions: Versions, *, listing: bool) -> None:
        self.versions = versions
        self._listing = listing
        self.counts: Counter[str] = Counter()

    whole = True

    def part(self, *answers: Answers) -> Part:
        """Compare a batch, answered by the old and the new. Raises ``EngineFault`` for a proof that does not hold."""
        old, new = answers
        counts: Counter[str] = Counter()
        touched = numpy.zeros(len(new), bool)
        lists = [_PATIENTS.empty_table()]
        facts = _facts_by_rule(old, new)
        for rule in self.versions.rules():
            before, after = state(old, rule), state(new, rule)
            of_rule = () if rule in self.versions.untouched else facts.get(rule, ())
            found = changes(before, after, _other_facts(rule, of_rule, old, new))
            apart = (before != after) | found["waits_for_others"]
            if not apart.any():
                continue
            if rule in self.versions.untouched:
                raise EngineFault(f"{rule} was proved to be untouched, and its answers differ; nothing was written")
            touched |= before != after
            for change, flags in found.items():
                counts[f"{change} {rule}"] += int(flags.sum())
            for fact in of_rule:
                if some := int((_lacks(new, rule, fact) & found["waits"]).sum()):
                    counts[f"missing {rule} {fact}"] += some
            if self._listing:
                lists.append(_listed(rule, numpy.flatnonzero(apart), (before, after), found, new))
        counts["changed"] += int(touched.sum())
        return Part(counts, pa.concat_tables(lists) if self._listing else None)

    def state(self) -> Any:
        """Return what is counted."""
        return self.counts

    def merge(self, counted: Mapping[str, int]) -> None:
        """Add what was counted of a part."""
        self.counts.update(counted)

    def missing(self, rule: str) -> dict[str, int]:
        """Return what those newly waiting for a rule's verdict lack, most first."""
        prefix = f"missing {rule} "
        found = {name.removeprefix(prefix): n for name, n in self.counts.items() if name.startswith(prefix)}
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def state(answers: Answers, rule: str) -> _States:
    """Return how a rule stands with each patient, by the place in ``silent, undetermined, stepped back, active``.

    A rule that is not there is silent.
    """
    if rule not in answers.fires:
        return numpy.zeros(len(answers), numpy.int8)
    fires, active = answers.fires[rule], answers.active[rule]
    return numpy.where(fires, 2 + active, numpy.where(answers.silent[rule], 0, 1)).astype(numpy.int8)


def changes(before: _States, after: _States, other_facts: Flags) -> dict[str, Flags]:
    """Return who newly gets a rule's advice, loses it, newly waits for facts, waits for others, or no longer waits."""
    return {
        "gets": (after == 3) & (before != 3),
        "loses": (before == 3) & (after != 3),
        "waits": (after == 1) & (before != 1),
        "waits_for_others": (before == 1) & (after == 1) & other_facts,
        "no_longer_waits": (before == 1) & (after != 1),
    }


def _facts_by_rule(*answers: Answers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule, fact in sorted({key for one in answers for key in one.missing}):
        found.setdefault(rule, []).append(fact)
    return found


def _lacks(answers: Answers, rule: str, fact: str) -> Flags:
    lacks = answers.missing.get((rule, fact))
    return numpy.zeros(len(answers), bool) if lacks is None else lacks


def _other_facts(rule: str, facts: Iterable[str], old: Answers, new: Answers) -> Flags:
    """Return for whom a rule lacks other facts than before."""
    differ = (_lacks(old, rule, fact) != _lacks(new, rule, fact) for fact in facts)
    return reduce(numpy.logical_or, differ, numpy.zeros(len(new), bool))


def _listed(
    rule: str,
    at: numpy.typing.NDArray[numpy.intp],
    states: tuple[_States, _States],
    found: dict[str, Flags],
    new: Answers,
) -> pa.Table:
    words = ["; ".join(name for name in CHANGES if found[name][one]) for one in at]
    before, after = ([_WORDS[one] for one in each[at]] for each in states)
    return pa.Table.from_arrays(
        [
            new.ids.take(pa.array(at)),
            pa.repeat(rule, len(at)),
            pa.array(words, pa.string()),
            pa.array(before, pa.string()),
            pa.array(after, pa.string()),
            missing_lists(rule, new, at),
        ],
        schema=_PATIENTS,
    )


def compare(asked: Asked, out: Path, by: Suppression, *, patients: bool) -> Ran:
    """Write per rule how many patients a new version answers otherwise, or per patient which rules.

    Raises ``InputError`` or ``EngineFault``.
    """
    check_format(out)
    kept = asked.kept(out, f"compare{' patients' * patients}")

    def write(path: Path, parts: Iterator[pa.Table]) -> None:
        write_table(path, out, _PATIENTS, parts, asked.told())

    if patients:
        with kept.held(), kept.writing(write):
            ran, _ = run(asked, partial(comparing, patients), kept)
        return ran
    with kept.held():
        ran, found = run(asked, partial(comparing, patients), kept)
        with kept.written() as path:
            table = pa.Table.from_pylist([*_lines(found, by)], _RULES)
            write_table(path, out, _RULES, [table], {**asked.told(), **_about(ran, found, by)})
    return ran


def comparing(listing: bool, asked: Asked) -> Comparing:
    """Return what compares, and where that is asked lists."""
    return Comparing(Versions.of(asked), listing=listing)


def _about(ran: Ran, comparing: Comparing, by: Suppression) -> dict[str, Any]:
    return {
        "patients": by.alone(ran.patients),
        "changed": by.part(comparing.counts["changed"], by.alone(ran.patients)),
        "refused": ran.refused,
        "not published below": by.least,
    }


def _lines(comparing: Comparing, by: Suppression) -> Iterator[Mapping[str, Any]]:
    versions = comparing.versions
    for rule in versions.rules():
        title = (versions.new if rule in versions.new.knowledge.rules else versions.old).knowledge.rules[rule].title
        shown = {change: by.alone(comparing.counts[f"{change} {rule}"]) for change in CHANGES}
        missing = {fact: by.part(count, shown["waits"]) for fact, count in comparing.missing(rule).items()}
        yield {
            "rule": rule,
            "title_zh": title.zh,
            "title_en": title.en,
            "standing": versions.standing(rule),
            **shown,
            "most_missing": [f"{fact} {count}" for fact, count in missing.items() if count][:3],
        }
