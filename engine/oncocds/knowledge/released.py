"""What was released of each rule (``rules/released.yaml``): a rule that says something else needs a new revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.digest import content_digest
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Rule
from oncocds.reading.marks import Mark
from oncocds.reading.record import Record
from oncocds.reading.yaml import read_yaml

FILE = "released.yaml"
_SHOWN = f"rules/{FILE}"
_HEAD = """\
# The rules as they were last released: written by `oncocds release`, read by `oncocds check`. A rule whose content is
# another and whose revision is not higher is refused. Only `removed` is written by hand: a rule that was taken out, and
# why; its id is never used again.
"""


@dataclass(frozen=True, slots=True)
class Revision:
    """One rule as it was released."""

    revision: int
    digest: str
    mark: Mark | None = field(default=None, compare=False, repr=False)  # where it is written


@dataclass(frozen=True, slots=True)
class Released:
    """All rules of one version, by id; why others were taken out since the first; how much there was of what."""

    version: str
    rules: Mapping[str, Revision] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, int] = field(default_factory=dict)


def content(rule: Rule) -> str:
    """Return the digest of what a rule says; its examples and its revision say nothing of their own."""
    return content_digest(rule, but=("revision", "examples"))


def read_released(rules_dir: Path) -> Released | None:
    """Read what was released last; None where nothing ever was. Raises ``KnowledgeError``."""
    path = rules_dir / FILE
    if not path.is_file():
        return None
    issues: list[Issue] = []
    record = Record(read_yaml(path, shown_as=_SHOWN), issues, "released")
    version, rules, removed = record.text("version"), record.record("rules", required=True), record.record("removed")
    counted = record.record("contents")
    record.finish()
    found = {}
    for name in () if rules is None else rules.names():
        one = rules.record(name, required=True) if rules is not None else None
        if one is not None:
            found[name] = Revision(one.integer("revision"), one.text("digest"), one.mark)
            one.finish()
    reasons = {} if removed is None else {name: removed.text(name) for name in removed.names()}
    contents = {} if counted is None else {name: counted.integer(name) for name in counted.names()}
    if issues:
        raise KnowledgeError(issues)
    return Released(version, found, reasons, contents)


def unrevised(knowledge: Knowledge, released: Released) -> Iterator[Issue]:
    """Yield the rules that are not what was released under their revision, and those that went without a word."""
    for rule in knowledge.rules.values():
        before = released.rules.get(rule.id)
        if before is not None:
            yield from _compared(rule, before, released.version)
        if rule.id in released.removed:
            yield _at(rule, f"'{rule.id}' was taken out once ({_SHOWN}); an id is never used again")
    for name, one in released.rules.items():
        if name not in knowledge.rules and name not in released.removed:
            words = f"{name} was released with {released.version} and is gone; say why under 'removed' in this file"
            yield Issue(_SHOWN, one.mark.line if one.mark else 1, one.mark.column if one.mark else 1, words)


def _compared(rule: Rule, before: Revision, version: str) -> Iterator[Issue]:
    if rule.revision < before.revision:
        yield _at(rule, f"revision {rule.revision} is below {before.revision}, released with {version}")
    elif rule.revision == before.revision and content(rule) != before.digest:
        words = f"the content is not that of revision {before.revision}, released with {version}; "
        yield _at(rule, f"{words}raise 'revision' to {before.revision + 1} and say in rules/CHANGELOG.md what changed")


def as_it_is(knowledge: Knowledge, released: Released | None) -> Released:
    """Return what would be released now, whether or not it may be."""
    rules = {rule.id: Revision(rule.revision, content(rule)) for rule in knowledge.rules.values()}
    return Released(knowledge.version, rules, {} if released is None else released.removed)


def release(knowledge: Knowledge, released: Released | None) -> Released:
    """Return what is released now. Raises ``KnowledgeError`` for what ``unrevised`` finds and for a version used up."""
    now = as_it_is(knowledge, released)
    rules = now.rules
    if released is None:
        return now
    issues = list(unrevised(knowledge, released))
    if rules != released.rules and _number(knowledge.version) <= _number(released.version):
        words = f"version {knowledge.version} must come after {released.version}, which was released with other rules"
        issues.append(Issue("rules/version.yaml", 1, 1, words))
    if issues:
        raise KnowledgeError(issues)
    return now


def write_released(released: Released, rules_dir: Path) -> Path:
    """Write what is released now; return the file."""
    lines = [f"version: {released.version}"]
    if released.contents:
        lines += ["contents:", *(f"  {name}: {count}" for name, count in released.contents.items())]
    lines.append("rules:")
    for name, one in released.rules.items():
        lines.append(f'  {name}: {{revision: {one.revision}, digest: "{one.digest}"}}')
    if released.removed:
        lines += [
            "removed:",
            *(f"  {name}: {json.dumps(why, ensure_ascii=False)}" for name, why in released.removed.items()),
        ]
    path = rules_dir / FILE
    path.write_text(_HEAD + "\n".join(lines) + "\n", "utf-8")
    return path


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _at(rule: Rule, message: str) -> Issue:
    mark = rule.mark
    return Issue(rule.path, mark.line if mark else 1, mark.column if mark else 1, f"{rule.id}: {message}")
