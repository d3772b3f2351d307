"""The grammar: what is read, and each mistake with its line, its column and its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from language_support import VOCABULARY
from oncocds.errors import Issue
from oncocds.language.parse import parse_condition
from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.reading.yaml import read_yaml


def parse(text: str) -> tuple[Condition | None, list[str]]:
    issues: list[Issue] = []
    condition = parse_condition(read_yaml(Path("r.yaml"), text), issues, VOCABULARY)
    return condition, [str(issue) for issue in issues]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("fever is true", Compare("fever", "is", True)),
        ("fever is not false", Compare("fever", "is not", False)),
        ("diagnosis.tempo is rapid", Compare("diagnosis.tempo", "is", "rapid")),
        ("surgeries is not red", Compare("surgeries", "is not", "red")),
        ("surgeries in red, blue", Compare("surgeries", "in", ("red", "blue"))),
        ("surgeries not in warm", Compare("surgeries", "not in", ("red", "amber"))),
        ("age < 60", Compare("age", "<", 60)),
        ("age >= -2.5", Compare("age", ">=", -2.5)),
        ("diagnosis.stage is known", Known("diagnosis.stage", True)),
        ("age is unknown", Known("age", False)),
        ("holds a-concept", Holds("a-concept")),
        ("fired BCBM-62", Fired("BCBM-62")),
        ("all: [fever is true, {not: age is known}]", All((Compare("fever", "is", True), Not(Known("age", True))))),
        (
            "any: [{some lesions: painful is true}]",
            Any((Quantified("some", "lesions", Compare("painful", "is", True)),)),
        ),
        ("no toxicities: grade > 2", Quantified("no", "toxicities", Compare("grade", ">", 2))),
        ("every lesions: imaging is red", Quantified("every", "lesions", Compare("imaging", "is", "red"))),
        ("at least 2 lesions: size > 1", Count("at least", 2, "lesions", None, Compare("size", ">", 1))),
        ("at most 0 lesions: size > 1", Count("at most", 0, "lesions", None, Compare("size", ">", 1))),
        (
            "at least 2 distinct lesions.status: painful is true",
            Count("at least", 2, "lesions", "status", Compare("painful", "is", True)),
        ),
    ],
)
def test_reads(text: str, tree: Condition) -> None:
    assert parse(text) == (tree, [])


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        # names
        ("feber is true", "1:1", "unknown fact 'feber' among the facts of the patient"),
        ("feber is true", "1:1", "did you mean 'fever'?"),
        ("some lesions: statuss is red", "1:15", "known here: status, imaging, painful, size; did you mean 'status'?"),
        ("some lesions: fever is true", "1:15", "it is a fact of the patient, put it outside the quantifier"),
        ("status is red", "1:1", "write 'some lesions: status …' or 'some toxicities: status …'"),
        ("lesions.painful is true", "1:1", "write 'some lesions: painful …'"),
        ("some lesion: painful is true", "1:6", "unknown list 'lesion'; known here: lesions, toxicities; did you mean"),
        ("at least 2 distinct lesions.statu: size > 1", "1:21", "unknown fact 'statu' among the fields of lesions"),
        # values
        ("diagnosis.tempo is rapit", "1:20", "known here: rapid, slow; did you mean 'rapid'?"),
        ("diagnosis.tempo is 快速", "1:20", "did you mean 'rapid'?"),
        ("diagnosis.tempo is unknwn", "1:20", "'unknwn' is no value of 'diagnosis.tempo'"),
        ("surgeries in red, bleu", "1:19", "'bleu' is no value of 'surgeries'; known here: red, amber, blue, warm"),
        ("surgeries in red,, blue", "1:18", "'' is no value of 'surgeries'"),
        ("surgeries in red, red", "1:19", "'red' stands twice"),
        ("surgeries in blue, warm", "1:20", "'warm' is a group of values; write 'surgeries in warm' alone"),
        ("surgeries is warm", "1:14", "'warm' is a group of values; write 'surgeries in warm'"),
        ("surgeries is red, blue", "1:14", "several values after 'is'; write 'surgeries in red, blue'"),
        ("'  diagnosis.tempo is rapit'", "1:23", "'rapit' is no value"),
        # operators and types
        ("fever is yes", "1:10", "'fever' is true or false, not 'yes'"),
        ("fever is True", "1:10", "'fever' is true or false, not 'True'"),
        ("fever in true, false", "1:7", "'in' needs a coded fact; 'fever' is a boolean"),
        ("fever > 1", "1:7", "'>' compares numbers; 'fever' is a boolean"),
        ("surgeries < red", "1:11", "'<' compares numbers; 'surgeries' is a codes"),
        ("age is 60", "1:5", "'age' is compared with < <= > >="),
        ("age in 1, 2", "1:5", "'in' needs a coded fact"),
        ("age < sixty", "1:7", "'sixty' is none, expected digits"),
        ("age < nan", "1:7", "'nan' is none"),
        ("age < inf", "1:7", "'inf' is none"),
        ("age < 1e3", "1:7", "'1e3' is none"),
        ("age < " + "9" * 400 + ".0", "1:7", "is none"),
        ("age < " + "9" * 5000, "1:7", "is none"),
        ("age < 60 kg", "1:7", "'60 kg' is none"),
        ("age is not known", "1:5", "write 'age is unknown'"),
        ("age is not unknown", "1:5", "write 'age is known'"),
        ("diagnosis.stage is IV", "1:20", "free text; a rule may only ask whether it is known"),
        # shape
        ("fever", "1:1", "cannot read 'fever' as a condition; known forms: FACT is VALUE"),
        ("fever is", "1:1", "cannot read 'fever is' as a condition"),
        ("fever == true", "1:1", "cannot read"),
        # as other languages have it
        ("fever == true", "1:1", "; write 'fever is true'"),
        ("fever=true", "1:1", "; write 'fever is true'"),
        ("fever != true", "1:1", "; write 'fever is not true'"),
        ("not fever is true", "1:1", "; write 'not: fever is true'"),
        ("fever: true", "1:1", "unknown word 'fever'; known here: "),
        ("fever: true", "1:1", "; write 'fever is true'"),
        ("some lesions: {status: confirmed}", "1:16", "; write 'status is confirmed'"),
        ("any lesions: size > 1", "1:1", "; write 'some lesions:'"),
        ("all lesions: size > 1", "1:1", "; write 'every lesions:'"),
        ("fever is true and age > 60", "1:10", "; several conditions are a list under all: or any:"),
        ("[fever is true]", "1:1", "a list where a condition stands"),
        ("{}", "1:1", "an empty mapping where a condition stands"),
        ("all: fever is true", "1:6", "'all' needs a list of conditions"),
        ("any: []", "1:6", "'any' needs a list of conditions"),
        ("all: [fever is true]\nany: [age > 1]", "2:1", "'all' and 'any' in one condition"),
        ("al: [fever is true]", "1:1", "unknown word 'al'; known here: all, any, not, some LIST"),
        ("al: [fever is true]", "1:1", "did you mean 'all'?"),
        ("at least two lesions: size > 1", "1:1", "unknown word 'at least two lesions'"),
        ("at least 0 lesions: size > 1", "1:10", "'at least 0' is always true"),
        ("at least 2 distinct lesions: size > 1", "1:21", "distinct values need LIST.FIELD"),
        ("at least 2 lesions.status: size > 1", "1:12", "items need LIST alone"),
        ("at least 2 distinct lesions.imaging: size > 1", "1:21", "'imaging' may hold several values at once"),
        # no nesting, nothing of the patient's inside a quantifier
        (
            "some lesions: {no toxicities: grade > 1}",
            "1:16",
            "a quantifier inside a quantifier; make it a derived fact",
        ),
        ("some lesions: {at least 2 lesions: size > 1}", "1:16", "a quantifier inside a quantifier"),
        ("some lesions: holds a-concept", "1:15", "'holds' inside a quantifier"),
        ("some lesions: {all: [fired BCBM-62]}", "1:22", "'fired' inside a quantifier"),
        # signs
        ("fever　is true", "1:6", "U+3000 (full-width space) in a condition; write an ASCII space"),
        ("fever\u00a0is true", "1:6", "U+00A0 (no-break space) in a condition; write an ASCII space"),
        ('"fever is：true"', "1:10", "full-width '：' in a condition; write ':'"),
        ("surgeries in red，blue", "1:17", "full-width '，' in a condition; write ','"),
        ("surgeries in red、blue", "1:17", "'、' in a condition; write ','"),
        ("age ＜ 60", "1:5", "full-width '＜' in a condition; write '<'"),
        ("age ≥ 60", "1:5", "'≥' in a condition; write '>='"),
        ("age < ６０", "1:7", "full-width '６' in a condition; write '6'"),
        ('"age < ６０"', "1:8", "full-width '６' in a condition; write '6'"),
        ("at least ２ lesions: size > 1", "1:10", "full-width '２' in a condition; write '2'"),
        ("all:\n  - fever is true\n  - age ＞ 60", "3:9", "full-width '＞' in a condition; write '>'"),
    ],
)
def test_refuses_at_its_place(text: str, place: str, words: str) -> None:
    condition, issues = parse(text)
    assert condition is None
    assert len(issues) == 1
    assert issues[0].startswith(f"r.yaml:{place}: ")
    assert words in issues[0]


def test_every_mistake_of_a_condition_is_told_at_once() -> None:
    condition, issues = parse("all:\n  - feber is true\n  - any: [age < x, {some lesion: size > 1}]\n  - fever is true")
    assert condition is None
    assert [issue.split(": ")[0] for issue in issues] == ["r.yaml:2:5", "r.yaml:3:17", "r.yaml:3:26"]


def test_every_part_knows_its_place() -> None:
    condition, _ = parse("all:\n  - fever is true\n  - some lesions: painful is true\n  - holds  a-concept")
    assert isinstance(condition, All)
    places = [(part.mark.line, part.mark.column) for part in condition.parts if part.mark is not None]
    assert places == [(2, 5), (3, 5), (4, 12)]
