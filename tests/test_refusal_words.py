"""What is refused is told in one language: the refusals of files of patients have Chinese words, each of them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oncocds.cli import main
from oncocds.errors import InputError
from oncocds.profile.reading import read_profile
from oncocds.refusal_words import refusal_words
from oncocds.vocabulary.loader import bundled_vocabulary

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


HOSTILE = {
    "a number past all bounds": '{"age": 1e300}',
    "not a number": '{"age": NaN}',
    "a number as text": '{"age": "58"}',
    "half of a pair": '{"medications": [{"drug": "other", "name": "\\ud800"}]}',
    "half of a pair as a key": '{"\\ud800": 1}',
    "NUL as a key": '{"\\u0000": 1}',
    "NUL": '{"medications": [{"drug": "other", "name": "\\u0000"}]}',
    "twice": '{"age": 1, "age": 2}',
    "a mark before it": "\ufeff{}",
    "no JSON": "{",
    "ever deeper": "[" * 99,
    "no day": '{"cardiac": {"echo_date": "2026-02-30"}}',
    "an unknown key": '{"agee": 5}',
    "an unknown code": '{"sex": "m"}',
    "an unknown drug": '{"medications": [{"drug": "zoledronat"}]}',
    "a class of a known drug": '{"medications": [{"drug": "denosumab", "has_class": "endocrine"}]}',
    "no unit": '{"labs": {"calcium": {"value": 2.3}}}',
    "another unit": '{"labs": {"calcium": {"value": 2.3, "unit": "g"}}}',
    "limits the wrong way round": '{"labs": {"calcium": {"reference_low": 2.6, "reference_high": 2.1}}}',
    "a value of nobody": '{"labs": {"calcium": {"value": 23, "unit": "mmol/L"}}}',
    "a fraction": '{"cardiac": {"lvef_latest": 0.6}}',
    "blank": '{"medications": [{"drug": "other", "name": " "}]}',
    "no name": '{"medications": [{"drug": "other"}]}',
    "an id that is none": '{"lesions": [{"id": "a/b"}]}',
    "an id twice": '{"lesions": [{"id": "a"}, {"id": "a"}]}',
    "a lesion that is none": '{"lesions": [], "radiotherapy": [{"targets": ["a"]}]}',
    "a list that is none": '{"lesions": {}}',
    "too many": json.dumps({"radiotherapy": [{}] * 101}),
}


@pytest.mark.parametrize("profile", HOSTILE.values(), ids=HOSTILE)
def test_what_is_refused_of_a_patient_is_told_in_chinese(profile: str) -> None:
    with pytest.raises(InputError) as refused:
        read_profile(profile, bundled_vocabulary())
    for problem in refused.value.problems:
        words = refusal_words({"reason": problem.reason, "expected": problem.expected})["zh"]
        told, _, wanted = words.partition("；应为：")
        assert CHINESE.search(told), words
        if wanted:  # what comes near has no such half
            assert CHINESE.search(wanted) or re.fullmatch(r"[\w, ≤≥>.]+", wanted), words


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("missing", "the patient profile, see /v1/schema/patient"),
        ("the body is no object", "an object with 'patient'"),
        ("not a text", "a rule's id, see /v1/rules"),
        ("no rule has this id", "a rule's id, see /v1/rules; did you mean 'HER2RT-15'?"),
        ("a type that JSON does not have", "text, number, true, false, null, list or mapping"),
        ("the data contains itself", "a tree of lists and mappings"),
        ("a key here is no text", "text keys"),
    ],
)
def test_what_is_refused_of_a_request_is_told_in_chinese(reason: str, expected: str) -> None:
    told, _, wanted = refusal_words({"reason": reason, "expected": expected})["zh"].partition("；应为：")
    assert CHINESE.search(told)
    assert CHINESE.search(wanted)
