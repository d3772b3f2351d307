"""Why and why not: the tree of a rule for one patient, by the engine, on the command line and without the solver."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus import SCENARIOS
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.explaining.explain import UnknownRuleError, explain
from oncocds.explaining.result import RuleExplanation, TreeNode
from oncocds.vocabulary.bundled import bundled_knowledge

PATIENT = bundled_knowledge() / "examples" / "patients" / "two-bone-agents.json"
WITHOUT_Z3 = "import sys; sys.modules['z3'] = None; "
TRUTHS = {"true": "fires", "false": "silent", "unknown": "undetermined"}


def nodes(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    for part in node.parts:
        yield from nodes(part)


def why(engine: Engine, rule: str, patient: dict[str, Any], policy: dict[str, Any] | None = None) -> RuleExplanation:
    return explain(engine, rule, patient, policy, "2026-01-01", seconds=0)  # the tree alone


def test_the_tree_of_every_rule_says_what_the_engine_says(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = engine.evaluate
    for case in SCENARIOS[::18]:
        evaluation = evaluate(case["patient"], case["policy"], "2026-01-01")
        # Once for all rules: the trees are read from the patient's facts, not from the evaluation.
        monkeypatch.setattr(engine, "evaluate", lambda *_, evaluation=evaluation, **__: evaluation)
        asked = {
            (rule, question.fact)
            for question in (*evaluation.questions.clinician, *evaluation.questions.site)
            for rule in question.would_decide
        }
        for rule, verdict in evaluation.verdicts.items():
            explained = why(engine, rule, case["patient"], case["policy"])
            assert explained.verdict == verdict
            assert explained.tree is not None
            assert TRUTHS[explained.tree.truth] == verdict
            assert {(rule, fact.fact) for fact in explained.missing} == {one for one in asked if one[0] == rule}
            for node in nodes(explained.tree):
                assert node.text.zh
                assert node.text.en
                if node.truth == "unknown" and not node.parts:
                    assert node.missing, node


def test_each_leaf_has_the_facts_behind_it_and_those_it_lacks(engine: Engine) -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "biomarkers": {"her2_ihc": "3+"},
        "medications": [{"id": "H", "drug": "trastuzumab"}],
    }
    explained = why(engine, "HER2RT-15", patient)
    assert explained.tree is not None
    found = {node.text.en: node for node in nodes(explained.tree)}
    her2 = found["HER2 status (concluded): positive"]
    (behind,) = her2.facts
    assert (her2.truth, behind.fact, behind.value, behind.via) == (
        "true", "biomarkers.her2_ihc", "3+", "derived.her2_status",
    )  # fmt: skip
    assert (behind.text.zh, behind.text.en) == ("HER2免疫组化：IHC 3+", "HER2 IHC: IHC 3+")
    status = found["medication status: one of active, planned"]
    assert status.truth == "unknown"
    assert [fact.fact for fact in status.missing] == ["medications[H].status"]
    assert found["medication trastuzumab"].kind == "item"
    courses = found["radiotherapy within the anti-HER2 course: yes"]
    assert [(fact.fact, fact.label.zh) for fact in courses.missing] == [("radiotherapy", "放疗")]


def test_an_empty_list_and_one_nobody_recorded_are_told_apart(engine: Engine) -> None:
    for recorded, truth in (({"medications": []}, "false"), ({}, "unknown")):
        explained = why(engine, "BCBM-62", {"diagnosis": {"tumour_type": "breast"}, **recorded})
        assert explained.tree is not None
        (leaf,) = [node for node in nodes(explained.tree) if "bone_agents_together" in str(node.facts + node.missing)][
            :1
        ] or [next(node for node in nodes(explained.tree) if "两种以上骨改良药物" in node.text.zh)]
        assert leaf.truth == truth
        named = [fact.fact for fact in (*leaf.facts, *leaf.missing)]
        assert named == ["medications"]


def test_what_steps_back_is_told_by_what_and_why(engine: Engine) -> None:
    demoted = next(
        (case, ground)
        for case in SCENARIOS
        for item in engine.evaluate(case["patient"], case["policy"], "2026-01-01").advice
        for ground in item.grounds
        if ground.demoted_by
    )
    case, ground = demoted
    explained = why(engine, ground.rule, case["patient"], case["policy"])
    assert explained.verdict == "fires"
    assert ground.demoted_by in [one.demoted_by for one in explained.standing]


def test_an_evidence_note_is_attached_or_not_and_says_so(engine: Engine) -> None:
    patient = json.loads(PATIENT.read_text("utf-8"))
    attached = {
        evidence: ground.rule
        for item in engine.evaluate(patient).advice
        for ground in item.grounds
        for evidence in ground.supported_by
    }
    for evidence, rule in attached.items():
        explained = why(engine, evidence, patient)
        assert explained.verdict is None
        assert rule in explained.attached_to
        assert "现附于" in explained.statement.zh
        assert explained.what_would_change.status == "no verdict"
    explained = why(engine, "HER2RT-24", {"treatment": {"phase": "advanced"}})
    assert explained.attached_to == []
    assert "未附于任何规则" in explained.statement.zh
    assert explained.tree is not None
    assert explained.tree.truth == "false"


def test_a_rule_nobody_knows_is_refused_with_its_place(engine: Engine) -> None:
    with pytest.raises(UnknownRuleError) as refused:
        explain(engine, "BCBM-63x", {})
    (problem,) = refused.value.problems
    assert problem.pointer == "/rule"
    assert "did you mean 'BCBM-63'" in problem.expected


# The command line


def test_explain_prints_the_tree_and_what_would_change_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "BCBM-62", str(PATIENT)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("BCBM-62  不同种类的骨改良药物不可同时使用")
    assert "规则触发" in printed
    assert "✓ 骨转移（已确立）：是  ← 病灶 胸椎（T8）：骨；病灶 胸椎（T8）：影像阳性" in printed
    assert "“不同种类的骨改良药物不可同时使用” [breast-bone-metastases:3900-3916]" in printed
    assert "什么会改变判定" in printed
    assert "- 药物 唑来膦酸：用药状态：进行中 → 已停用\n  或者\n    - 取消计划：药物 地舒单抗\n" in printed


def test_explain_prints_english_and_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_text('{"diagnosis": {"tumour_type": "breast"}}', "utf-8")
    assert main(["explain", "BCBM-46", str(path), "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "For this patient the rule is undetermined: facts are missing." in printed
    assert "? bone metastases (established): yes  ← lacks lesion" in printed
    assert "✓ tumour type: breast cancer  ← tumour type: breast cancer" in printed
    assert "Missing:\n  ? lesion  (lesions)" in printed
    assert "{" not in printed  # no slot is left open


def test_explain_reads_standard_input_and_a_policy_and_prints_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("lvef_drop_abs: 10\n", "utf-8")
    patient = {"cardiac": {"lvef_baseline": 63, "lvef_latest": 50}}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(patient).encode())))
    arguments = ["explain", "HER2RT-16", "-", "--policy", str(policy), "--as-of", "2026-01-01", "--json"]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["rule"] == "HER2RT-16"
    assert printed["policy"]["effective"]["lvef_drop_abs"] == 10
    changes = [change for one in printed["what_would_change"]["alternatives"] for change in one["changes"]]
    assert {"path", "from", "to"} <= changes[0].keys()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["BCBM-26x", str(PATIENT)], "no rule 'BCBM-26x'; did you mean 'BCBM-26'?"),
        (
            [str(PATIENT), "BCBM-62"],
            f"expected the rule first and then the patient, as in 'oncocds explain BCBM-62 {PATIENT}'",
        ),
        (["patient.json", "bcbm-62"], "no rule 'patient.json'; expected the rule first and then the patient"),
        (["-", "BCBM-62x"], "no rule '-'; expected the rule first and then the patient"),
        (["BCBM-62", "/no/such.json"], "/no/such.json: 文件无法读取（没有这个文件或目录）；应为：患者资料（JSON）"),
        (["BCBM-62", str(PATIENT), "--as-of", "2026-02-30"], "/as_of: 不是日期；应为：日期，如 2026-01-31"),
    ],
)
def test_explain_says_what_is_wrong(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


# Without the solver


def alone(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", WITHOUT_Z3 + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_z3_why_and_why_not_are_answered_and_what_is_missing_is_said() -> None:
    printed = alone(f"from oncocds.cli import main; sys.exit(main(['explain', 'BCBM-62', {str(PATIENT)!r}]))")
    assert "✓ 骨转移（已确立）：是" in printed
    assert "pip install 'oncocds[proofs]'" in printed


def test_without_z3_the_server_starts_evaluates_and_explains() -> None:
    code = (
        "import json; from oncocds import Engine; from oncocds_api.app import create_app; create_app(workers=1); "
        "from oncocds_api.evaluation import answer; "
        "from oncocds_api.requests.models import EXPLANATION_EXAMPLE as example; "
        "engine = Engine.load(); body = json.dumps(example).encode(); "
        "header, found = answer(engine, None, 'explanation', body); assert header['outcome'] == 'done', header; "
        "del example['rule']; header, _ = answer(engine, None, 'evaluation', json.dumps(example).encode()); "
        "assert header['outcome'] == 'done', header; assert not any(name.startswith('z3.') for name in sys.modules); "
        "print(found.decode())"
    )
    found = json.loads(alone(code))
    assert found["verdict"] == "fires"
    assert found["tree"]["truth"] == "true"
    assert found["what_would_change"]["status"] == "needs z3"
    assert found["what_would_change"]["alternatives"] is None


def test_nothing_of_the_solver_is_loaded_before_somebody_asks_what_would_change() -> None:
    code = (
        "import sys; import oncocds_api.evaluation, oncocds_api.app; from oncocds import Engine; "
        "Engine.load().evaluate({}); print([one for one in sys.modules if one.startswith(('z3', 'oncocds.proofs'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_silent_rule_says_what_it_says_of_nobody_in_particular(engine: Engine) -> None:
    zh = {rule: why(engine, rule, {}).text.zh for rule in ("BCBM-62", "BCBM-13", "BCBM-06")}
    assert zh["BCBM-62"].startswith("在用或拟用：…。不同种类的骨改良药物不可同时使用")
    assert zh["BCBM-13"] == "骨病灶尚无MRI。"
    assert zh["BCBM-06"] == engine.knowledge.rules["BCBM-06"].title.zh


def test_a_fact_that_is_not_known_is_lacking_and_is_not_called_a_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast", "bone_metastases": True},
        "lesions": [{"id": "L", "organ": "bone", "status": "confirmed"}],
        "medications": [{"id": "M"}],
    }
    (tmp_path / "patient.json").write_text(json.dumps(patient), "utf-8")
    for rule in ("BCBM-07", "BCBM-06"):
        assert main(["explain", rule, str(tmp_path / "patient.json"), "--lang", "en"]) == 0
        told = [line for line in capsys.readouterr().out.splitlines() if " is known" in line]
        assert told
        assert not [line for line in told if "counts as no" in line]
        assert all("← lacks " in line for line in told if line.lstrip().startswith("✗"))
