"""What is refused is told in one language: the refusals of files of patients have Chinese words, each of them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oncocds.cli import main
from oncocds.refusal_words import refusal_words

ENGINE = Path(__file__).parent.parent / "engine"
COHORTS = ENGINE / "oncocds_cohort"
PROFILES = ENGINE / "oncocds" / "profile"
CHINESE = re.compile("[\u4e00-\u9fff]")


def _text(node: ast.expr) -> str | None:
    """Return a text as it is written, a number in place of each of its fields."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def _refusals() -> Iterator[tuple[str, str]]:
    for path in sorted(COHORTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) != 3 or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("Problem", "_refused"):
                reason, expected = map(_text, node.args[1:])
                yield reason or "missing", expected or "text"


REFUSALS = sorted(set(_refusals()))


@pytest.mark.parametrize(("reason", "expected"), REFUSALS)
def test_a_refusal_of_a_file_of_patients_is_told_in_chinese(reason: str, expected: str) -> None:
    plain = re.sub(r"(?<=[a-z'])7$", "", reason)  # that is what was probably meant, which has words of its own
    told, _, wanted = refusal_words({"reason": plain, "expected": expected})["zh"].partition("；应为：")
    assert CHINESE.search(told)
    assert CHINESE.search(wanted) or re.fullmatch(r"[\w, ]+", wanted)


def test_there_are_refusals() -> None:
    assert len(REFUSALS) > 30


def _by_models() -> Iterator[tuple[str, str]]:
    """What the models of a profile refuse, with what they expect; codes are told by what they are."""
    for path in sorted(PROFILES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "PydanticCustomError":
                told = node.args[2]
                assert isinstance(told, ast.Dict)
                words = {_text(key): _text(value) for key, value in zip(told.keys, told.values, strict=True) if key}
                if (expected := words.get("expected")) is not None:
                    yield _text(node.args[1]) or "", expected.replace("'7'", "'class'")


@pytest.mark.parametrize(("reason", "expected"), sorted(set(_by_models())))
def test_what_the_models_of_a_profile_refuse_is_told_in_chinese(reason: str, expected: str) -> None:
    told, _, wanted = refusal_words({"reason": reason, "expected": expected})["zh"].partition("；应为：")
    assert CHINESE.search(told)
    assert CHINESE.search(wanted)


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"toxicities": [{"grade": 1}]}, "/toxicities/0/term: 缺少；应为：有值"),
        ({"incomplete": ["labs"]}, "/incomplete/0: 没有这个列表；应为：其中之一：lesions"),
        ({"cardiac": {"lvef_latest": 0.6}}, "像是分数：请填百分数，0.62应写作62；应为：百分数，5 至 95"),
        ({"labs": {"calcium": {"value": 2.4, "unit": "mg/dL"}}}, "应为：4 至 24 mg/dL；可用单位：mmol/L、mg/dL"),
        ({"diagnosis": {"stage_group": " "}}, "只有空白；应为：文字；没有记录时写 null"),
    ],
)
def test_a_refused_profile_is_told_in_chinese_alone(
    profile: dict[str, object], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(profile), "utf-8")
    assert main(["evaluate", str(file)]) == 2
    assert words in capsys.readouterr().err


def test_what_has_no_chinese_words_is_told_in_english_alone() -> None:
    told = refusal_words({"reason": "a reason that nobody translated", "expected": "text"})
    assert told["zh"] == told["en"] == "a reason that nobody translated; expected: text"


def test_a_file_that_is_not_there_is_told_in_the_language_of_the_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing, out = str(tmp_path / "none.parquet"), str(tmp_path / "r.html")
    assert main(["cohort", "report", missing, "--out", out]) == 2
    assert capsys.readouterr().err == f"oncocds: {missing}: 无法读取（没有这个文件或目录）；应为：患者文件\n"
    assert main(["cohort", "report", missing, "--out", out, "--lang", "en"]) == 2
    told = "it cannot be read: No such file or directory; expected a file of patients"
    assert capsys.readouterr().err == f"oncocds: {missing}: {told}\n"
