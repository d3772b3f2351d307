"""A lint points at the line of what it complains of, whatever its kind: all of them found in one reading."""

from __future__ import annotations

import shutil
from typing import NamedTuple

import pytest

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.lints import all_lints
from oncocds.knowledge.loader import load_knowledge
from oncocds.vocabulary.bundled import bundled_knowledge

_BREAST = "breast-bone-metastases/BCBM"


class Spoiled(NamedTuple):
    """A change of a file, the complaint it brings, and what begins to stand in the line it points at."""

    lint: str
    file: str
    old: str
    new: str
    says: str
    line: str


SPOILED = [
    Spoiled(
        "RuleReferences", f"{_BREAST}-09", "action: work", "action: wrok", "unknown action 'wrok-up", "action: wrok"
    ),
    Spoiled("RuleReferences", f"{_BREAST}-10", "flags: [C24]", "flags:\n  - C24\n  - C99", "flag 'C99'", "  - C99"),
    Spoiled("RuleReferences", f"{_BREAST}-03", "supports: [", "supports: [\n  X-999,\n  ", "'X-999'", "  X-999"),
    Spoiled(
        "RuleReferences", f"{_BREAST}-16", "supports: [", "supports: [\n  BCBM-22,\n  ", "itself evid", "  BCBM-22"
    ),
    Spoiled("SpokenFor", f"{_BREAST}-20", "action: ", "# action: ", "'action' is missing", "id: BCBM-20"),
    Spoiled(
        "ConditionReferences", f"{_BREAST}-09", "holds suspected", "holds suspect", "concept 'suspect-bo", "when: ho"
    ),
    Spoiled(
        "ConditionReferences", "conflicts", "- fired BCBM-33", "- fired BCBM-999", "'BCBM-999'", "      - fired BCBM-9"
    ),
    Spoiled(
        "TumourInScopeOnly",
        "concepts/suspected-bone-metastases",
        "when: ",
        "when:\n  all:\n    - diagnosis.tumour_type is breast\n    - ",
        "in a concept",
        "    - diagnosis.tumour",
    ),
    Spoiled(
        "Monitored",
        "vocabulary/monitoring",
        "rules: [BCBM-56]",
        "rules: [BCBM-995]",
        "no rule 'BCBM-995'",
        "  zh: 血肌酐（唑来膦酸用药期间）",
    ),
    Spoiled(
        "OtherReferences",
        "notes/adc-and-pneumonitis",
        "attached_to: [",
        "attached_to: [\n  X-998,\n  ",
        "X-998",
        "  X-998",
    ),
    Spoiled(
        "OtherReferences", "precedence", "demoted: [BCBM-10,", "demoted: [\n    X-997, BCBM-10,", "X-997", "    X-997"
    ),
    Spoiled(
        "OtherReferences",
        "precedence",
        "notices: [hypercalcaemia-by",
        "notices: [\n    hypercalcemia-by",
        "notice 'hyperc",
        "    hypercalcemia-by",
    ),
    Spoiled("OtherReferences", "conflicts", "[BCBM-63]]", "[\n    X-996]]", "X-996", "    X-996"),
    Spoiled(
        "OtherReferences",
        "conflicts",
        "- medications.stop_reason\n",
        "- medications.stop\n",
        "fact 'medications.stop'",
        "    - medications.stop",
    ),
    Spoiled(
        "OtherReferences",
        "actions/add-local-radiotherapy-limited-disease",
        "rules: [LCBM-06]",
        "rules: [LCBM-06,\n      X-995]",
        "X-995",
        "      X-995",
    ),
    Spoiled(
        "TitlesAlone",
        "actions/add-local-radiotherapy-limited-disease",
        "rules: [LCBM-07]",
        "rules: [LCBM-07,\n      BCBM-44]",
        "alone names BCBM-44",
        "      BCBM-44",
    ),
    Spoiled(
        "Joined",
        "actions/pre-bone-agent-checks",
        "joins: start-bone-modifying-agent",
        "joins: start-bone-modifying-agents",
        "no action 'start-bone-modifying-agents'",
        "joins: start",
    ),
    Spoiled(
        "Joined",
        "actions/calcium-and-vitamin-d",
        "per: patient",
        "per: patient\njoins: pre-bone-agent-checks",
        "said in another's line itself",
        "joins: pre",
    ),
    Spoiled(
        "Joined",
        "actions/consider-chemotherapy",
        "per: patient",
        "per: patient\njoins: bone-agent-interval",
        "one is background",
        "joins: bone",
    ),
    Spoiled(
        "NothingGoesRound",
        "concepts/established-bone-metastases",
        "when: ",
        "when:\n  all:\n    - holds established-bone-metastases\n    - ",
        "go round",
        "    - holds est",
    ),
    Spoiled("Used", "flags/C98", "id: C98", "# new\nid: C98", "no rule carries the flag 'C98'", "id: C98"),
    Spoiled("SaidOnce", f"{_BREAST}-99", "id: BCBM-99", "id: BCBM-99", "same action, condition", "id: BCBM-99"),
    Spoiled(
        "ListsOfTheirOwn",
        "precedence",
        "winners: [BCBM-07]",
        "winners: [BCBM-07, BCBM-59]",
        "BCBM-59 is both",
        "    X-997",
    ),
    Spoiled(
        "ListsOfTheirOwn",
        "conflicts",
        "sides: [[BCBM-29], [BCBM-33]]",
        "sides: [[BCBM-29]]",
        "two sides at least",
        "  sides: [[BCBM-29]]",
    ),
    Spoiled(
        "CheckedWhereCritical",
        "notes/hypocalcaemia-with-bone-agent",
        "status: checked",
        "status: memory",
        "is critical",
        "status: memory",
    ),
    Spoiled(
        "NothingInvented", f"{_BREAST}-09", "，请完善。", "，请在90天内完善。", "90 day", "  zh: 疑似骨转移：影像学"
    ),
    Spoiled(
        "NothingInvented",
        "actions/act-on-lvef-fall",
        '  en: "',
        '  en: "Within 77 days: ',
        "77 day",
        '  en: "Within 77',
    ),
    Spoiled("Languages", f"{_BREAST}-09", "  en: Imaging is", "  en: 影像 Imaging is", "title.en holds", "  en: 影像"),
    Spoiled("Languages", "precedence", "    en: Cord", "    en: 脊髓 Cord", "why.en holds", "    en: 脊髓"),
    Spoiled("Languages", "notes/adc-and-pneumonitis", 'en: "T', 'en: "药 T', "text.en holds", 'en: "药'),
    Spoiled(
        "StrengthAsWorded",
        f"{_BREAST}-12",
        "  zh: 更有优势",
        "  zh: 极有优势",
        "does not stand in the quotes",
        "  zh: 极有",
    ),
    Spoiled(
        "Slots", f"{_BREAST}-13", "{marrow} {soft_tissue}", "{marrow}", "'{soft_tissue}' is declared", "  soft_tissue:"
    ),
    Spoiled(
        "Slots",
        f"{_BREAST}-12",
        "({question})",
        "({question}{other})",
        "'{other}' is not declared",
        '  en: "Bone lesion',
    ),
    Spoiled(
        "GuidelineNamed", f"{_BREAST}-14", "level: expert-opinion", "level: guideline", "without cites", "evidence:"
    ),
    Spoiled(
        "Recipients",
        "lung-bone-metastases/LCBM-13",
        "recipients: [",
        "recipients: [\n  patient,\n  ",
        "manifest says",
        "  patient",
    ),
    Spoiled(
        "GlossesOfQuotes",
        "glosses/hcc-sbrt-sorafenib",
        '"number of intrahepatic tumours >5"',
        '"number of intrahepatic tumours >6"',
        "the quote says >5, the gloss does not",
        '  en: "number of intrahepatic tumours >6',
    ),
    Spoiled("Quotes", "her2-radiotherapy/HER2RT-12", "role: states", "role: supports", "no quote with role", "source:"),
    Spoiled("Examples", f"{_BREAST}-15", "expect: fires", "expect: silent", "at least two examples", "examples:"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Issue]]:
    """The complaints about a copy of the knowledge with every change in it, by file, and the copy's files."""
    home = tmp_path_factory.mktemp("spoiled")
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, home / name)
    for old, new in ((f"{_BREAST}-44", f"{_BREAST}-99"), ("flags/C01", "flags/C98")):
        copied = (home / "rules" / f"{old}.yaml").read_text("utf-8")
        names = (old.rpartition("/")[2], new.rpartition("/")[2]) if "flags" in old else ("BCBM-44", "BCBM-99")
        (home / "rules" / f"{new}.yaml").write_text(copied.replace("id: " + names[0], "id: " + names[1]), "utf-8")
    for one in SPOILED:
        path = home / "rules" / f"{one.file}.yaml"
        text = path.read_text("utf-8")
        assert one.old in text, one
        path.write_text(text.replace(one.old, one.new, -1 if one.lint == "Examples" else 1), "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(home / "rules", home / "seeds")
    issues: dict[str, list[Issue]] = {}
    for issue in refused.value.issues:
        issues.setdefault(issue.path, []).append(issue)
    for one in SPOILED:
        path = home / "rules" / f"{one.file}.yaml"
        lines = path.read_text("utf-8").split("\n")
        issues[f"lines of {one.file}"] = [Issue(one.file, at, 1, line) for at, line in enumerate(lines, start=1)]
    return issues


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda one: f"{one.lint}-{one.says}")
def test_a_lint_points_at_the_line(found: dict[str, list[Issue]], spoiled: Spoiled) -> None:
    wanted = next(one.line for one in found[f"lines of {spoiled.file}"] if one.message.startswith(spoiled.line))
    said = [issue for issue in found[f"rules/{spoiled.file}.yaml"] if spoiled.says in issue.message]
    assert [issue.line for issue in said] == [wanted], said


def test_every_lint_is_among_them() -> None:
    assert {type(one).__name__ for one in all_lints()} == {one.lint for one in SPOILED}
