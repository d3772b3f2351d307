"""Rule files: each trap and each lint with the place and the words of its message; a digest that follows meaning."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from oncocds.errors import KnowledgeError
from oncocds.knowledge.lints.quantities import figures
from oncocds.knowledge.loader import load_knowledge
from oncocds.knowledge.scaffold import new_rule
from oncocds.vocabulary.bundled import bundled_knowledge

RULE = "rules/breast-bone-metastases/BCBM-09.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the bundled knowledge to spoil."""
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    return tmp_path


def spoil(home: Path, old: str, new: str, file: str = RULE) -> list[str]:
    path = home / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(home / "rules", home / "seeds")
    return [str(issue) for issue in refused.value.issues]


def line_of(home: Path, text: str, file: str = RULE) -> int:
    lines = (home / file).read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_full_width_colon_after_a_key(home: Path) -> None:
    line = line_of(home, "kind: diagnostic")
    issues = spoil(home, "kind: diagnostic", "kind：diagnostic")
    assert any(issue.startswith(f"{RULE}:{line}:5: ") and "：" in issue for issue in issues)


def test_duplicate_key(home: Path) -> None:
    line = line_of(home, "revision: 1")
    issues = spoil(home, "revision: 1", "revision: 1\nrevision: 1")
    assert any(issue.startswith(f"{RULE}:{line + 1}:1: ") and "revision" in issue for issue in issues)


def test_anchors_and_aliases(home: Path) -> None:
    issues = spoil(home, "kind: diagnostic", "kind: &k diagnostic")
    assert any("anchor" in issue for issue in issues)


def test_unknown_key_names_the_nearest(home: Path) -> None:
    line = line_of(home, "urgency: ")
    issues = spoil(home, "urgency: ", "urgncy: ")
    assert any(
        issue.startswith(f"{RULE}:{line}:1: ") and "'urgncy'" in issue and "urgency" in issue for issue in issues
    )


def test_norway_stays_text_and_is_refused_as_a_truth_value(home: Path) -> None:
    issues = spoil(home, "derived.hypercalcaemia is true", "derived.hypercalcaemia is yes", RULE.replace("09", "06"))
    assert any("'derived.hypercalcaemia' is true or false, not 'yes'" in issue for issue in issues)


def test_unknown_concept_names_the_nearest(home: Path) -> None:
    issues = spoil(home, "holds suspected-bone-metastases", "holds suspected-bone-metastasis")
    assert any("did you mean 'suspected-bone-metastases'" in issue for issue in issues)


def test_unknown_fact_and_value_and_full_width_sign_in_a_condition(home: Path) -> None:
    file = RULE.replace("09", "33")
    line = line_of(home, "diagnosis.tempo is rapid", file)
    issues = spoil(home, "diagnosis.tempo is rapid", "diagnosis.tempo is rapit", file)
    assert any(issue.startswith(f"{file}:{line}:") and "did you mean 'rapid'" in issue for issue in issues)
    issues = spoil(home, "diagnosis.tempo is rapit", "diagnosis.temp is rapid", file)
    assert any("unknown fact 'diagnosis.temp'" in issue and "diagnosis.tempo" in issue for issue in issues)
    issues = spoil(home, "diagnosis.temp is rapid", "diagnosis.tempo　is rapid", file)
    assert any("U+3000" in issue for issue in issues)


def test_a_quote_that_does_not_resolve(home: Path) -> None:
    issues = spoil(home, "影像学检查始终是核心手段", "影像学检查总是核心手段")
    assert any("0 times" in issue for issue in issues)


def test_an_invented_figure(home: Path) -> None:
    text = (home / RULE).read_text("utf-8")
    zh = next(line for line in text.split("then:")[1].split("\n") if "zh:" in line)
    issues = spoil(home, zh, zh.rstrip('"') + "每3个月一次" + ('"' if zh.endswith('"') else ""))
    assert any("the text says 3" in issue for issue in issues)


def test_a_changed_document_does_not_load(home: Path) -> None:
    document = home / "seeds" / "002_68db7c8cdc94a21a.txt"
    document.write_bytes(document.read_bytes() + b" ")
    with pytest.raises(KnowledgeError, match="002_68db7c8cdc94a21a"):
        load_knowledge(home / "rules", home / "seeds")


def test_all_issues_of_all_files_come_at_once(home: Path) -> None:
    other = home / RULE.replace("09", "10")
    other.write_text(other.read_text("utf-8").replace("urgency: ", "urgncy: ", 1), "utf-8")
    issues = spoil(home, "urgency: ", "urgncy: ")
    assert {issue.split(":")[0] for issue in issues} >= {RULE, RULE.replace("09", "10")}


def test_a_scaffold_says_what_is_to_do_and_does_not_load(home: Path) -> None:
    path = new_rule(home / "rules", home / "seeds", "BCBM-900", "breast-bone-metastases", "影像学检查始终是核心手段")
    with pytest.raises(KnowledgeError, match="TODO"):
        load_knowledge(home / "rules", home / "seeds")
    with pytest.raises(KnowledgeError, match="exists already"):
        new_rule(home / "rules", home / "seeds", "BCBM-900", "breast-bone-metastases", "影像学检查始终是核心手段")
    assert path.name == "BCBM-900.yaml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SBRT:27.5~50 Gy,分5次照射,疗程5~15天。", ["27.5 gy", "50 gy", "5 fraction", "5 day", "15 day"]),
        ("SBRT中位剂量为35Gy/5次。", ["35 gy", "5 fraction"]),
        ("27.5–50 Gy in 5 fractions over 5–15 days", ["27.5 gy", "50 gy", "5 fraction", "5 day", "15 day"]),
        ("每日5次", ["5 times", "1 day"]),
        ("RTOG 1112试验，RTOG1112研究，NRG/RTOG 1112", []),
        ("RTOG 11123", ["11123"]),
        ("BCLC 0期（试验：B或C期）", []),
        ("BCLC stage 0", []),
        ("BCLC 05", ["5"]),
    ],
)
def test_figures_of_fractions_trials_and_stages(text: str, expected: list[str]) -> None:
    assert [str(figure) for figure in figures(text)] == expected


def test_a_rule_without_action_needs_a_notice_that_names_it(home: Path) -> None:
    issues = spoil(home, "action: ", "# action: ")
    wanted = f"{RULE}:1:1: 'action' is missing; expected an action, or a notice in rules/notes that names the rule"
    assert wanted in issues


def test_a_note_beside_rules_does_not_speak_for_a_rule_without_action(home: Path) -> None:
    note = "rules/notes/hcc-source-for-health-professionals-only.yaml"
    issues = spoil(home, "rules: [HCCSBRT-32]", "attached_to: [HCCSBRT-22]\nrules: [HCCSBRT-32]", note)
    assert any("HCCSBRT-32.yaml" in issue and "'action' is missing" in issue for issue in issues)


def test_a_remark_of_one_lesion_says_which_and_one_that_lowers_says_whom(home: Path) -> None:
    file = "rules/notes/lesion-already-irradiated.yaml"
    when = (home / file).read_text("utf-8").split("when:")[1].split("attached_to:")[0]
    issues = spoil(home, f"when:{when}", "", file)
    assert any("'same_lesion' needs a 'when'" in issue for issue in issues)
    file = "rules/notes/already-irradiated-lesion-informs.yaml"
    attached = next(line for line in (home / file).read_text("utf-8").split("\n") if line.startswith("attached_to:"))
    issues = spoil(home, f"{attached}\n", "", file)
    assert any("'at_most' lowers the rules it is attached to" in issue for issue in issues)


def test_precedence_names_notices_that_exist_and_has_a_winner(home: Path) -> None:
    file = "rules/precedence.yaml"
    issues = spoil(home, "notices: [impending-fracture-surgery-first]", "notices: [impending-fracture-surgery]", file)
    assert any("unknown notice 'impending-fracture-surgery'" in issue for issue in issues)
    # A remark that stands beside rules is no notice of the whole answer.
    issues = spoil(home, "notices: [impending-fracture-surgery]", "notices: [radiotherapy-does-not-stabilise]", file)
    assert any("unknown notice 'radiotherapy-does-not-stabilise'" in issue for issue in issues)
    winners = "  winners: [RETBM-14]\n  notices: [radiotherapy-does-not-stabilise]\n"
    issues = spoil(home, winners, "", file)
    assert any("winners (or notices) and demoted need one each" in issue for issue in issues)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("rules/notes/bisphosphonate-stays-in-bone.yaml", "it stands beside BCBM-62, whose item 'avoid-combining-bone"),
        # RETBM-15 is no emergency, but its item can be one by another rule.
        ("rules/notes/radiotherapy-does-not-stabilise.yaml", "it stands beside RETBM-15, whose item"),
        ("rules/notes/hypocalcaemia-with-bone-agent.yaml", "it is critical"),
    ],
)
def test_nothing_from_memory_stands_in_a_critical_item(home: Path, file: str, says: str) -> None:
    issues = spoil(home, "status: checked", "status: memory", file)
    line = line_of(home, "status: ", file)
    assert any(issue.startswith(f"{file}:{line}:1: ") and says in issue for issue in issues)


def test_a_note_from_memory_beside_what_another_note_makes_critical(home: Path) -> None:
    file = "rules/notes/denosumab-rebound.yaml"
    issues = spoil(home, "attached_to: [", "attached_to: [LCBM-15, ", file)
    assert any("stands beside LCBM-15, whose item 'treat-critical-site-early'" in issue for issue in issues)


def test_the_same_words_are_quoted_once(home: Path) -> None:
    quote = re.search(r"  - document: .*\n(?:    .*\n)+", (home / RULE).read_text("utf-8"))
    assert quote is not None
    issues = spoil(home, quote[0], quote[0] * 2)
    assert any(issue.startswith(RULE) and "the same words are quoted twice" in issue for issue in issues)


@pytest.mark.parametrize("who", ["patient", "family"])
def test_patients_are_told_nothing_that_the_manifest_keeps_from_them(home: Path, who: str) -> None:
    file = "rules/lung-bone-metastases/LCBM-13.yaml"
    issues = spoil(home, "recipients: [", f"recipients: [{who}, ", file)
    assert any(issue.startswith(file) and f"recipients: {who}; the manifest says" in issue for issue in issues)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules/actions/continue-bone-agent.yaml", "gives: [bone_modifying_agent]", "gives: [bone_modifying_agents]"),
        ("rules/actions/radiotherapy-with-anti-her2.yaml", "calls_safe: [anti_her2]", "calls_safe: [antiher2]"),
        ("rules/notes/ibandronate-and-renal-function.yaml", "giving: [bone_modifying_agent]", "giving: [bone_agent]"),
        ("rules/precedence.yaml", "  giving: [anti_her2]", "  giving: [her2]"),
    ],
)
def test_a_class_of_drugs_that_is_none_is_refused_where_it_stands(home: Path, file: str, old: str, new: str) -> None:
    line = line_of(home, old, file)
    wrong = new.rpartition("[")[2].rstrip("]")
    assert any(
        issue.startswith(f"{file}:{line}:") and f"unknown drug class '{wrong}'" in issue
        for issue in spoil(home, old, new, file)
    )
