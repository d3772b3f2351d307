"""``oncocds cohort report``: what a department reads — care gaps, missing data, what a new version would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Urgency
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.answers import DECIDE, Answers
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.compare import CHANGES, Comparing, Versions
from oncocds_cohort.outputs.counts import rows
from oncocds_cohort.outputs.digests import PENDING, digest_of
from oncocds_cohort.outputs.keeping import refused_file
from oncocds_cohort.outputs.parts import Part
from oncocds_cohort.outputs.read_first import monitorings
from oncocds_cohort.outputs.report_page import Changed, Gap, Lacking, NewVersion, OfRule, Quoted, Report, page
from oncocds_cohort.outputs.report_words import WORDS
from oncocds_cohort.outputs.running import Ran, run
from oncocds_cohort.outputs.suppression import Row, Suppression
from oncocds_cohort.outputs.tables import check_format
from oncocds_cohort.outputs.tally import Tally

MOST_WARNINGS = 12
MOST_FACTS = 15
MOST_CHANGED = 25


def report(asked: Asked, out: Path, by: Suppression, first: Language) -> Ran:
    """Write the report; a second engine is the new version. Raises ``InputError`` or ``EngineFault``."""
    check_format(out, (".html",))
    kept = asked.kept(out, "report")
    with kept.held():
        ran, counted = run(asked, Counting, kept)
        with kept.written() as path:
            text = page(_gathered(asked, counted, ran, by, out), first)
            path.write_text(text.replace(PENDING, digest_of([text.encode()])), "utf-8")
    return ran


class Counting:
    """Counts what is in force, and what a new version changes, where there is one."""

    def __init__(self, asked: Asked) -> None:
        self.tally = Tally(asked.engines[0].knowledge)
        self.comparing = Comparing(Versions.of(asked), listing=False) if len(asked.engines) > 1 else None

    whole = True

    def part(self, *answers: Answers) -> Part:
        """Count a batch; what was counted so far is not touched."""
        comparing = None if self.comparing is None else self.comparing.part(*answers).counted
        return Part({"tally": self.tally.part(*answers).counted, "comparing": comparing})

    def state(self) -> Any:
        """Return what is counted, as plain data."""
        return {"tally": self.tally.state(), "comparing": None if self.comparing is None else self.comparing.state()}

    def merge(self, counted: Any) -> None:
        """Add what was counted of a part."""
        self.tally.merge(counted["tally"])
        if self.comparing is not None:
            self.comparing.merge(counted["comparing"])


def _gathered(asked: Asked, counting: Counting, ran: Ran, by: Suppression, out: Path) -> Report:
    engine, tally = asked.engines[0], counting.tally
    knowledge = engine.knowledge
    patients = by.alone(ran.patients)
    figures = {name: by.part(tally.counts[name], patients) for name in ("critical", "due", "waiting")}
    if asked.decide:
        figures[DECIDE] = by.part(tally.counts[f"section {DECIDE}"], patients)
    gaps = list(_gaps(knowledge, tally, by))
    urgent = [gap for gap in gaps if gap.urgency == "critical"]
    others = [gap for gap in gaps if gap.urgency != "critical"]
    found = rows(tally, by)
    facts = [(fact, by.part(count, patients)) for fact, count in tally.lacking().items()]
    lacking = [(fact, Lacking(_label(fact, knowledge.vocabulary), count)) for fact, count in facts if count]
    of_site = [one for fact, one in lacking if fact.startswith("policy.")]
    of_patients = [one for fact, one in lacking if not fact.startswith("policy.")]
    return Report(
        patients,
        asked.as_of.isoformat(),
        by.least > 0,
        {"patients": patients, **figures},
        [*urgent, *others[:MOST_WARNINGS]],
        len(others[MOST_WARNINGS:]),
        of_patients[:MOST_FACTS],
        len(of_patients[MOST_FACTS:]),
        of_site,
        monitorings(engine, tally, by, found),
        None if counting.comparing is None else _new(counting.comparing, patients, by),
        list(_documents(knowledge, found)),
        list(_notes(asked, ran, by, out)),
        list(_settings(engine, knowledge.policy)),
        {**asked.told(), "output": PENDING},
    )


def _gaps(knowledge: Knowledge, tally: Tally, by: Suppression) -> Iterator[Gap]:
    """Yield the care gaps of which something is published, the critical ones first, then by how many are due."""
    counts = tally.counts
    if by.alone(counts["patients"]) is None:
        return
    order = sorted(
        tally.gaps, key=lambda one: (_urgency(one, tally, knowledge) != "critical", -counts[f"due {one}"], one)
    )
    for action in order:
        due, waiting = by.beside(counts[f"due {action}"], counts[f"waiting {action}"], counts["patients"])
        if not due and not waiting:
            continue
        rules = tally.gaps[action]
        leading = max(rules, key=lambda rule: (knowledge.rules[rule].urgency == "critical", counts[f"active {rule}"]))
        title = knowledge.actions[action].title if len(rules) > 1 else knowledge.rules[leading].title
        yield Gap(_urgency(action, tally, knowledge), title, rules, due, waiting, _quoted(knowledge, leading))


def _urgency(action: str, tally: Tally, knowledge: Knowledge) -> Urgency:
    critical = any(knowledge.rules[rule].urgency == "critical" for rule in tally.gaps[action])
    return "critical" if critical else "warning"


def _quoted(knowledge: Knowledge, rule: str) -> Quoted | None:
    stated = [one for one in knowledge.passages[rule] if one.role == "states"]
    return (
        Quoted(stated[0].quote, f"{stated[0].document}:{stated[0].start}-{stated[0].end}", stated[0].gloss)
        if stated
        else None
    )


def _label(fact: str, vocabulary: Vocabulary) -> Text:
    """Return what a fact is called; one of items by its list and its field."""
    of_list, item, field = fact.partition("[].")
    if not item:
        known = vocabulary.fields.get(fact)
        if known is not None:
            return known.label
        name = vocabulary.lists[fact.removesuffix("[]")]
        return Text(WORDS["list"].zh.format(name=name.zh), WORDS["list"].en.format(name=name.en))
    label, name = vocabulary.fields[f"{of_list}.{field}"].label, vocabulary.lists[of_list]
    return Text(f"{name.zh}：{label.zh}", f"{name.en}: {label.en}")


def _new(comparing: Comparing, patients: int | None, by: Suppression) -> NewVersion:
    versions, counts = comparing.versions, comparing.counts
    changed = []
    for rule in versions.rules():
        told = {change: counts[f"{change} {rule}"] for change in CHANGES}
        if any(told.values()):
            title = (versions.new if rule in versions.new.knowledge.rules else versions.old).knowledge.rules[rule].title
            shown = {change: by.alone(count) for change, count in told.items()}
            changed.append((-sum(told.values()), Changed(rule, title, versions.standing(rule), shown)))
    changed.sort(key=lambda one: (one[0], one[1].rule))
    untouched = sum(versions.standing(rule) == "provably untouched" for rule in versions.rules())
    return NewVersion(
        _version(versions.old),
        _version(versions.new),
        untouched,
        len(versions.rules()) - untouched,
        list(_settings(versions.new, versions.old.policy.model_dump())),
        by.part(counts["changed"], patients),
        [one for _, one in changed[:MOST_CHANGED]],
        len(changed[MOST_CHANGED:]),
    )


def _version(engine: Engine) -> str:
    return f"{engine.knowledge.version} ({engine.knowledge.digest[7:15]})"


def _documents(knowledge: Knowledge, found: Mapping[str, Row]) -> Iterator[tuple[Text, list[OfRule]]]:
    for document in knowledge.documents.values():
        of_it = [rule for rule in found if knowledge.rules[rule].document == document.id]
        title = Text(document.title or document.title_en, document.title_en)
        if of_it:
            yield title, [OfRule(rule, knowledge.rules[rule].title, found[rule]) for rule in of_it]


def _notes(asked: Asked, ran: Ran, by: Suppression, out: Path) -> Iterator[Text]:
    if asked.by == "engine":
        yield WORDS["by_engine"]
    elif asked.decide:
        yield WORDS["decided"]
    else:
        yield _filled("checked", checked=f"{ran.checked:,}")
    if ran.repeats.ids:
        yield _filled("repeated", ids=f"{ran.repeats.ids:,}", rows=f"{ran.repeats.rows:,}")
    if ran.refused:
        yield _filled("refused", refused=f"{ran.refused:,}", file=refused_file(out).name)
    yield _filled("hidden", least=by.least) if by.least else WORDS["shown"]


def _filled(word: str, **values: object) -> Text:
    return Text(WORDS[word].zh.format(**values), WORDS[word].en.format(**values))


def _settings(engine: Engine, before: Mapping[str, Any]) -> Iterator[Text]:
    """Yield an engine's settings that differ from others, each with its value."""
    fields = engine.knowledge.vocabulary.fields
    for name, value in engine.policy.model_dump().items():
        if value != before.get(name):
            label = fields[f"policy.{name}"].label
            said = f"{value:g}" if isinstance(value, float) else str(value)
            words = WORDS["unset"] if value is None else Text(said, said)
            yield Text(f"{label.zh}：{words.zh}", f"{label.en}: {words.en}")
