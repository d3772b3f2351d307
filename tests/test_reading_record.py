"""A schema reads a mapping; everything wrong is reported in one run, with its place and what is known there."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncocds.errors import Issue
from oncocds.reading.record import Record, as_json, records
from oncocds.reading.yaml import read_yaml
from oncocds.text import Text


def record(text: str) -> tuple[Record, list[Issue]]:
    issues: list[Issue] = []
    return Record(read_yaml(Path("unused"), text, shown_as="f"), issues, "rule"), issues


def messages(issues: list[Issue]) -> list[str]:
    return [str(issue) for issue in issues]


def test_takes_what_is_there() -> None:
    taken, issues = record(
        "a: 文字\nb: 3\nc: 1.5e1\nd: true\ne: caution\nf: [x, '1']\n"
        "g: {zh: 好, en: good}\nh: [{i: 1}, {i: 2}]\nj: null\n"
    )
    assert taken.text("a") == "文字"
    assert taken.integer("b") == 3
    assert taken.number("c") == 15.0
    assert taken.boolean("d") is True
    assert taken.choice("e", ("caution", "question")) == "caution"
    assert taken.texts("f") == ("x", "1")
    assert taken.bilingual("g") == Text("好", "good")
    assert [inner.integer("i") for inner in taken.records("h")] == [1, 2]
    assert taken.optional_text("j") is None
    taken.finish()
    assert issues == []
    assert (taken.mark.path, taken.mark.line, taken.mark.column) == ("f", 1, 1)
    assert taken.names() == ("a", "b", "c", "d", "e", "f", "g", "h", "j")


def test_defaults_where_keys_may_be_missing() -> None:
    taken, issues = record("{}")
    assert taken.text("a", required=False) == ""
    assert taken.optional_text("a") is None
    assert taken.integer("a", default=7) == 7
    assert taken.number("a", default=0.5) == 0.5
    assert taken.boolean("a", default=True) is True
    assert taken.choice("a", ("x", "y"), default="y") == "y"
    assert taken.texts("a") == ()
    assert taken.node("a") is None
    assert taken.record("a") is None
    assert taken.records("a") == []
    assert taken.bilingual("a") is None
    assert issues == []


def test_missing_keys_are_named_once_each_and_reading_goes_on() -> None:
    taken, issues = record("x: 1")
    taken.text("a")
    taken.integer("b")
    taken.number("c")
    taken.boolean("d")
    assert taken.choice("e", ("u", "v")) == "u"
    taken.texts("f", required=True)
    taken.record("g", required=True)
    taken.records("h", required=True)
    taken.bilingual("i", required=True)
    assert messages(issues) == [f"f:1:1: rule: key '{key}' is missing; it is required here" for key in "abcdefghi"]


@pytest.mark.parametrize(
    ("text", "take", "expected"),
    [
        ("a: [x]", "text", "f:1:4: rule: 'a' holds a list; expected text"),
        ("a: ' '", "text", "f:1:4: rule: 'a' is empty; expected text"),
        ("a:", "text", "f:1:3: rule: 'a' is empty; expected text"),
        ("a: null", "text", "f:1:4: rule: 'a' is empty; expected text"),
        ("a: {b: 1}", "optional_text", "f:1:4: rule: 'a' holds a mapping; expected text or null"),
        ("a: ''", "optional_text", "f:1:4: rule: 'a' is empty; expected text or null"),
        ("a: 1.0", "integer", "f:1:4: rule: 'a' cannot be '1.0'; expected a whole number, without quotes"),
        ("a: '1'", "integer", "f:1:4: rule: 'a' cannot be '1'; expected a whole number, without quotes"),
        ("a: 012", "integer", "f:1:4: rule: 'a' cannot be '012'; expected a whole number, without quotes"),
        ("a: ١", "integer", "f:1:4: rule: 'a' cannot be '١'; expected a whole number, without quotes"),
        ("a: .5", "number", "f:1:4: rule: 'a' cannot be '.5'; expected a number, without quotes"),
        ("a: .inf", "number", "f:1:4: rule: 'a' cannot be '.inf'; expected a number, without quotes"),
        ("a: 1e999", "number", "f:1:4: rule: 'a' cannot be '1e999'; expected a number, without quotes"),
        ("a: yes", "boolean", "f:1:4: rule: 'a' cannot be 'yes'; expected true or false, without quotes"),
        ("a: 'true'", "boolean", "f:1:4: rule: 'a' cannot be 'true'; expected true or false, without quotes"),
        ("a: x", "texts", "f:1:4: rule: 'a' holds a text; expected a list of texts, like [a, b]"),
        ("a: [b, [c]]", "texts", "f:1:8: rule: 'a' holds a list; expected only texts in this list"),
        ("a: [b, '']", "texts", "f:1:8: rule: 'a' holds an empty item; expected text"),
        ("a: x", "record", "f:1:4: rule: a: a text stands here; expected a mapping of keys to values"),
        ("a: {b: 1}", "records", "f:1:4: rule: a: a mapping stands here; expected a list"),
        ("a: [x]", "records", "f:1:5: rule: a[0]: a text stands here; expected a mapping of keys to values"),
        ("a: {zh: 好}", "bilingual", "f:1:4: rule: a: key 'en' is missing; it is required here"),
        ("a: {zh: 好, en: ''}", "bilingual", "f:1:16: rule: a: 'en' is empty; expected text"),
        ("a: 好", "bilingual", "f:1:4: rule: a: a text stands here; expected a mapping of keys to values"),
    ],
)
def test_wrong_shapes_are_issues_at_the_value(text: str, take: str, expected: str) -> None:
    taken, issues = record(text)
    getattr(taken, take)("a")
    taken.finish()
    assert messages(issues) == [expected]


def test_a_huge_number_is_an_issue_not_a_crash() -> None:
    taken, issues = record("a: " + "9" * 5000)
    taken.integer("a")
    assert len(issues) == 1
    assert len(issues[0].message) < 200


def test_choice_names_the_known_words_and_the_nearest() -> None:
    taken, issues = record("kind: cuation")
    assert taken.choice("kind", ("question", "caution")) == "question"
    assert messages(issues) == [
        "f:1:7: rule: 'kind' cannot be 'cuation'; known here: question, caution; did you mean 'caution'?"
    ]


def test_unknown_keys_name_the_known_ones_and_the_nearest() -> None:
    taken, issues = record("id: x\n  \nurgncy: info\nzzz: 1\n")
    taken.text("id")
    taken.optional_text("urgency")
    taken.finish()
    assert messages(issues) == [
        "f:3:1: rule: unknown key 'urgncy'; known here: id, urgency; did you mean 'urgency'?",
        "f:4:1: rule: unknown key 'zzz'; known here: id, urgency",
    ]


def test_a_wrong_root_is_one_issue() -> None:
    taken, issues = record("- a")
    taken.text("id")
    taken.finish()
    assert messages(issues) == ["f:1:1: rule: a list stands here; expected a mapping of keys to values"]


def test_entries_take_every_key() -> None:
    taken, issues = record("her2: 1\nret: 2\n")
    assert [key.text for key, _ in taken.entries()] == ["her2", "ret"]
    taken.finish()
    assert issues == []


def test_records_of_a_list_file() -> None:
    issues: list[Issue] = []
    found = records(read_yaml(Path("unused"), "- id: a\n- id: b\n", shown_as="f"), issues, "conflicts")
    assert [entry.text("id") for entry in found] == ["a", "b"]
    assert found[1].what == "conflicts[1]"
    assert issues == []


def test_as_json_types_json_words_only() -> None:
    node = read_yaml(
        Path("unused"),
        "a: true\nb: false\nc: null\nd: -12\ne: 1.5e-3\nf: '3'\ng: yes\nh: ~\ni: 0x10\nj: 012\nk: .inf\n"
        "l: 1e999\nm: NaN\nn: 2026-01-01\no: [1, {p: 0}]\nq: True\nr: 1_000\n",
    )
    assert as_json(node) == {
        "a": True,
        "b": False,
        "c": None,
        "d": -12,
        "e": 0.0015,
        "f": "3",
        "g": "yes",
        "h": "~",
        "i": "0x10",
        "j": "012",
        "k": ".inf",
        "l": "1e999",
        "m": "NaN",
        "n": "2026-01-01",
        "o": [1, {"p": 0}],
        "q": "True",
        "r": "1_000",
    }
    assert type(as_json(read_yaml(Path("unused"), "a: 1"))["a"]) is int  # type: ignore[index]


def test_as_json_keeps_an_endless_number_as_text() -> None:
    digits = "9" * 5000
    assert as_json(read_yaml(Path("unused"), f"a: {digits}")) == {"a": digits}
