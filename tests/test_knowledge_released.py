"""A rule that says something else than what was released under its revision is refused."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from oncocds.cli import main
from oncocds.errors import KnowledgeError
from oncocds.knowledge.contents import contents
from oncocds.knowledge.digest import content_digest
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.ledger import ledger
from oncocds.knowledge.loader import load_knowledge
from oncocds.knowledge.models import Extension, Rule
from oncocds.knowledge.released import Released, Revision, content, read_released, release, unrevised, write_released
from oncocds.language.tree import Compare
from oncocds.text import Text
from oncocds.vocabulary.bundled import bundled_knowledge

CHANGES: dict[str, Mapping[str, Any]] = {
    "title": {"title": Text("另", "another")},
    "then": {"then": Text("另", "another")},
    "when": {"when": Compare("age", "<", 40)},
    "scope": {"tumours": ("breast", "hcc")},
    "urgency": {"urgency": "critical"},
    "action": {"action": "goals-of-care"},
    "not said": {"not_said": Text("另", "another")},
    "flags": {"flags": ("C01", "C02", "C03")},
    "extension": {"extension": Extension("echo_without_radiotherapy", False, Compare("age", "<", 9), Text("另", "x"))},
}


@pytest.fixture(scope="module")
def now(knowledge: Knowledge) -> Released:
    return release(knowledge, None)


def with_rule(knowledge: Knowledge, rule: Rule) -> Knowledge:
    return replace(knowledge, rules={**knowledge.rules, rule.id: rule})


def refused(knowledge: Knowledge, released: Released) -> list[str]:
    return [str(issue) for issue in unrevised(knowledge, released)]


def test_what_is_released_now_is_accepted(knowledge: Knowledge, now: Released) -> None:
    assert refused(knowledge, now) == []


@pytest.mark.parametrize("what", CHANGES)
def test_another_content_under_the_same_revision_is_refused(knowledge: Knowledge, now: Released, what: str) -> None:
    rule = knowledge.rules["BCBM-09"]
    changed = replace(rule, **CHANGES[what])
    (issue,) = refused(with_rule(knowledge, changed), now)
    assert issue.startswith(f"{rule.path}:1:1: BCBM-09: ")
    assert f"raise 'revision' to {rule.revision + 1}" in issue
    assert refused(with_rule(knowledge, replace(changed, revision=rule.revision + 1)), now) == []


def test_examples_and_places_are_no_content(knowledge: Knowledge) -> None:
    rule = knowledge.rules["BCBM-09"]
    assert content(replace(rule, examples=(), revision=7, mark=None, path="elsewhere.yaml")) == content(rule)


def test_a_schema_that_grows_changes_no_digest() -> None:
    @dataclass(frozen=True)
    class Part:
        told: int

    before = Part(1)

    @dataclass(frozen=True)
    class Part:  # type: ignore[no-redef]
        told: int
        more: tuple[str, ...] = ()
        else_: str | None = None

    assert content_digest(Part(1), but=()) == content_digest(before, but=())
    assert content_digest(Part(1, more=("x",)), but=()) != content_digest(before, but=())
    assert content_digest(Part(1), but=("told",)) == content_digest(Part(2), but=("told",))


def test_a_revision_never_falls(knowledge: Knowledge, now: Released) -> None:
    before = replace(now, rules={**now.rules, "BCBM-09": Revision(5, now.rules["BCBM-09"].digest)})
    (issue,) = refused(knowledge, before)
    assert "BCBM-09: revision 1 is below 5" in issue


def test_a_new_rule_is_welcome_and_one_that_is_gone_needs_a_reason(knowledge: Knowledge, now: Released) -> None:
    fewer = replace(knowledge, rules={name: rule for name, rule in knowledge.rules.items() if name != "BCBM-09"})
    assert refused(knowledge, release(fewer, None)) == []
    (issue,) = refused(fewer, now)
    assert issue.startswith("rules/released.yaml:1:1: BCBM-09 was released with")
    explained = replace(now, removed={"BCBM-09": "the passage was withdrawn"})
    assert refused(fewer, explained) == []
    (again,) = refused(knowledge, explained)
    assert "an id is never used again" in again


def test_a_release_of_other_rules_needs_a_higher_version(knowledge: Knowledge, now: Released) -> None:
    revised = replace(knowledge.rules["BCBM-09"], revision=9, title=Text("另", "another"))
    with pytest.raises(KnowledgeError, match=r"must come after"):
        release(with_rule(knowledge, revised), now)
    later = replace(with_rule(knowledge, revised), version="99.10.0")
    assert release(later, now).rules["BCBM-09"].revision == 9
    with pytest.raises(KnowledgeError, match="raise 'revision'"):
        release(with_rule(later, replace(revised, revision=knowledge.rules["BCBM-09"].revision)), now)


def test_what_is_written_is_read_again(tmp_path: Path, now: Released) -> None:
    told = replace(now, removed={"BCBM-99": 'a "reason": with signs'})
    write_released(told, tmp_path)
    assert read_released(tmp_path) == told


def test_the_bundled_rules_are_held_against_a_release() -> None:
    home = bundled_knowledge()
    released = read_released(home / "rules")
    assert released is not None
    assert list(unrevised(load_knowledge(home / "rules", home / "seeds"), released)) == []


@pytest.mark.usefixtures("without_examples")
def test_check_refuses_and_release_writes_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    rule = tmp_path / "rules" / "breast-bone-metastases" / "BCBM-09.yaml"
    rule.write_text(re.sub(r"(?m)^  zh: ", "  zh: 另", rule.read_text("utf-8"), count=1), "utf-8")
    assert main(["--knowledge", str(tmp_path), "check"]) == 1
    assert "BCBM-09: the content is not that of revision" in capsys.readouterr().err
    assert main(["--knowledge", str(tmp_path), "release"]) != 0
    rule.write_text(re.sub(r"(?m)^revision: .*", "revision: 8", rule.read_text("utf-8")), "utf-8")
    (tmp_path / "rules" / "version.yaml").write_text("version: 99.0.0\n", "utf-8")
    assert main(["--knowledge", str(tmp_path), "check"]) == 0
    assert main(["--knowledge", str(tmp_path), "release"]) == 0
    assert main(["--knowledge", str(tmp_path), "check"]) == 0


def test_what_a_release_contains_is_written_and_what_differs_is_shown(
    knowledge: Knowledge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    rules = tmp_path / "rules"
    write_released(replace(release(knowledge, None), version="0.1.0", contents=contents(knowledge)), rules)
    read = read_released(rules)
    assert read is not None
    assert read.contents == contents(knowledge)
    assert read.contents["sentences"] == sum(map(len, ledger(knowledge).values()))
    (rules / "breast-bone-metastases" / "BCBM-09.yaml").unlink()
    glosses = rules / "glosses" / "breast-bone-metastases.yaml"  # what it quoted, nobody quotes any more
    entries = re.split(r"(?m)^(?=- quote: )", glosses.read_text("utf-8"))
    glosses.write_text("".join(one for one in entries if "影像学检查始终是核心手段。" not in one), "utf-8")
    before = (rules / "released.yaml").read_bytes()
    path = rules / "breast-bone-metastases" / "BCBM-10.yaml"
    path.write_text(path.read_text("utf-8").replace("revision: ", "revision: 9", 1), "utf-8")
    capsys.readouterr()
    with pytest.raises(KnowledgeError):
        load_knowledge(rules, tmp_path / "seeds")  # BCBM-03 still supports what is gone
    path = rules / "breast-bone-metastases" / "BCBM-03.yaml"
    path.write_text(path.read_text("utf-8").replace("[BCBM-09, ", "[", 1), "utf-8")
    assert main(["--knowledge", str(tmp_path), "release", "--compare"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"version: 0.1.0 → {knowledge.version}"
    assert f"rules: {read.contents['rules']} → {read.contents['rules'] - 1}" in lines
    assert any(line.startswith("BCBM-09: revision 1,") and line.endswith("→ not there") for line in lines)
    assert any(line.startswith("BCBM-10: revision ") and "→ revision 9" in line for line in lines)
    assert not any(line.startswith("BCBM-11:") for line in lines)
    assert (rules / "released.yaml").read_bytes() == before
