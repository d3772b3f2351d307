"""Every trap of YAML that could make a rule mean something else is an error at its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.marks import Mapping, Node, Scalar, Sequence
from oncocds.reading.yaml import read_yaml

COLON = "a full-width '：' where a key ends; write ': ' (ASCII colon and a space), or quote the text"


def read(text: str) -> Node:
    return read_yaml(Path("unused"), text, shown_as="rules/x.yaml")


def errors(text: str) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        read(text)
    return [str(issue).removeprefix("rules/x.yaml:") for issue in caught.value.issues]


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    return node.text


def test_scalars_stay_text_and_know_their_place_and_quotes() -> None:
    node = read('a: no\nb:\n  - 1.0\n  - "1.0"\n  - |\n    块\nc: {d: ~, "e": 2026-01-01}\n')
    assert plain(node) == {"a": "no", "b": ["1.0", "1.0", "块\n"], "c": {"d": "~", "e": "2026-01-01"}}
    assert isinstance(node, Mapping)
    b = node.get("b")
    assert isinstance(b, Sequence)
    assert [(i.quoted, i.mark.line, i.mark.column) for i in b if isinstance(i, Scalar)] == [
        (False, 3, 5),
        (True, 4, 5),
        (True, 5, 5),
    ]
    assert b.mark.path == "rules/x.yaml"


def test_columns_count_characters_not_bytes() -> None:
    node = read("标题: {zh: 乳腺癌, en: x}")
    assert isinstance(node, Mapping)
    inner = node.get("标题")
    assert isinstance(inner, Mapping)
    assert [key.mark.column for key, _ in inner.entries] == [6, 15]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: a\nkind: b\n", ["2:1: key 'kind' stands twice, first on line 1; a key stands once"]),
        ('kind: a\n"kind": b\n', ["2:1: key 'kind' stands twice, first on line 1; a key stands once"]),
        ("a: {b: 1, b: 2}\n", ["1:11: key 'b' stands twice, first on line 1; a key stands once"]),
        (
            "a: &x 1\nb: *x\n",
            [
                "1:4: anchor '&x'; write each value out where it is needed",
                "2:4: alias '*x'; write the value out here",
            ],
        ),
        ("a: *nowhere\n", ["1:4: alias '*nowhere'; write the value out here"]),
        ("- &m {a: 1}\n", ["1:3: anchor '&m'; write each value out where it is needed"]),
        ("a:\n  <<: {b: 1}\n", ["2:3: merge key '<<'; write the keys out here"]),
        ("a: !!str 1\n", ["1:4: tag '!!str'; values are typed by what is read, leave the tag out"]),
        ("a: !mine [1]\n", ["1:4: tag '!mine'; values are typed by what is read, leave the tag out"]),
        ("a: ! x\n", ["1:4: tag '!'; values are typed by what is read, leave the tag out"]),
        ("a: 1\n---\nb: 2\n", ["2:1: a second document; a file holds one document"]),
        ("%YAML 1.1\n---\na: 1\n", ["1:1: a directive; a file begins with its first key or list item"]),
        ("? [a]\n: b\n", ["1:3: a list or mapping as a key; a key must be plain text"]),
        ("'': b\n", ["1:1: an empty key; expected 'key: value'"]),
        ("\ufeffa: 1\n", ["1:1: a byte order mark (U+FEFF) before the text; save the file as UTF-8 without BOM"]),
        ("a: b\ufeff\n", ["1:5: a character that cannot be seen, U+FEFF (byte order mark); expected printable text"]),
        ("a:\n\tb: 1\n", ["2:1: a tab; indent with ASCII spaces"]),
        ("a: x\ty\n", ["1:5: a tab; indent with ASCII spaces"]),
        ("a: x\x00y\n", ["1:5: a character that cannot be seen, U+0000; expected printable text"]),
        ("a: x\x1b\n", ["1:5: a character that cannot be seen, U+001B; expected printable text"]),
        ("a: 1\rb: 2\n", ["1:5: a character that cannot be seen, U+000D; expected printable text"]),
        (
            "a: 1\u2028b: 2\n",
            ["1:5: a character that cannot be seen, U+2028 (line separator); expected printable text"],
        ),
        ("a: 不\u202e可\n", ["1:5: a character that cannot be seen, U+202E; expected printable text"]),
        ('a: "x\\0"\n', ["1:4: a control character U+0000 in the text; expected printable text"]),
        ("a: \ud800\n", ["1:4: a lone surrogate U+D800; expected well-formed Unicode text"]),
        ("", ["1:1: the file is empty; expected a mapping or a list"]),
        ("# nothing\n", ["1:1: the file is empty; expected a mapping or a list"]),
        ("---\n", ["1:1: the file is empty; expected a mapping or a list"]),
        ("[" * 500, ["1:41: nested too deeply; at most 40 levels"]),
    ],
)
def test_refused_with_its_place(text: str, expected: list[str]) -> None:
    assert errors(text) == expected


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("kind：caution\n", ["1:5"]),
        ("kind：caution\nid: x\n", ["1:5"]),
        ("id: x\nkind：caution\n", ["2:5"]),
        ("Kind：caution\nid: x\n", ["1:5"]),
        ("id: x\n种类：警告\nb: 1\n", ["2:3"]),
        ("title:\n  zh：好\n  en：good\n", ["2:5", "3:5"]),
        ("title: {zh：好, en：good}\n", ["1:11", "1:17"]),
        ("title: {zh: 好, en：good}\n", ["1:18"]),
        ("scope: {tumour：[breast]}\n", ["1:15"]),
        ("- document：x\n  exact: y\n", ["1:11"]),
        ("when：\n  all：\n    - at least 2 lesions：\n        all: [a is b]\n", ["1:5", "2:6", "3:25"]),
        ("{a: 1, b：{c: 2}}\n", ["1:9"]),
    ],
)
def test_full_width_colon_where_a_key_ends(text: str, places: list[str]) -> None:
    assert errors(text) == [f"{place}: {COLON}" for place in places]


def test_what_stands_behind_a_full_width_colon_is_checked_in_the_same_run() -> None:
    assert errors("title: {zh：好, zh: 坏}\nid: x\nid: y\nz: a: b\n") == [
        f"1:11: {COLON}",
        "1:15: key 'zh' stands twice, first on line 1; a key stands once",
        "3:1: key 'id' stands twice, first on line 2; a key stands once",
        (
            "4:5: not YAML: mapping values are not allowed in this context; "
            "expected one 'key: value' here; quote a text that holds ': '"
        ),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "zh: 注意：不可同时使用，见下（一）。\n",
        "note: see：below\n",
        "- HER2：阳性\n- 注：见下\n",
        '- "kind：caution"\n',
        "zh: |\n  kind：caution\n  <<: x\n  \u3000缩进\n",
        'zh: "第一行\n  kind：caution\n  \u3000缩进"\n',
        "# kind：caution\nzh: x # kind：caution\n",
        "zh: 首行\n  且：续行\n",
        "[HER2：阳性, 注：见下]\n",
        "zh: 表1\u3000基线\u00a0特征\n",
        "a: R&D * 2 <<x>> !\n",
        '"<<": x\n',
        "---\na: 1\n",
        "a: 1\r\nb: 2\r\n",
        "a: 🏥\n",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u3000a: 1\n", ["1:1: U+3000 (full-width space) in the indentation; indent with ASCII spaces"]),
        (
            "a:\n  b: 1\n \u00a0c: 2\n",
            ["3:2: U+00A0 (no-break space) in the indentation; indent with ASCII spaces"],
        ),
        ("a:\n  - b\n\u3000 - c\n", ["3:1: U+3000 (full-width space) in the indentation; indent with ASCII spaces"]),
        ("a:\n  -\u3000b\n", ["2:4: U+3000 (full-width space) after '-'; write an ASCII space there"]),
        ("kind:\u3000caution\n", ["1:6: U+3000 (full-width space) after 'kind:'; write an ASCII space there"]),
        ("骨\u3000转移: 1\n", ["1:2: U+3000 (full-width space) in a key; write keys with ASCII spaces only"]),
        ('"a\u00a0b": 1\n', ["1:3: U+00A0 (no-break space) in a key; write keys with ASCII spaces only"]),
        ("a\u200b: 1\n", ["1:2: a character that cannot be seen, U+200B; expected printable text"]),
    ],
)
def test_blanks_that_are_no_spaces(text: str, expected: list[str]) -> None:
    assert errors(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: b: c\n",
            (
                "1:5: not YAML: mapping values are not allowed in this context; "
                "expected one 'key: value' here; quote a text that holds ': '"
            ),
        ),
        (
            "甲: 1\n乙: [中文, x\n",
            "3:1: not YAML: did not find expected ',' or ']'; expected a comma or ']' for the list opened on line 2",
        ),
        ('a: 1\nb: "x\n', "2:4: not YAML: found unexpected end of stream; expected the closing quote"),
        ("a: 1\nb\nc: 2\n", "2:1: not YAML: could not find expected ':'; expected 'key: value'"),
        (
            "a: @x\n",
            "1:4: not YAML: found character that cannot start any token; quote a text that begins with this character",
        ),
        (
            'a: "甲" 乙\n',
            (
                "1:8: not YAML: did not find expected key; "
                "expected a key in line with the ones above, or the end of the text before"
            ),
        ),
        (
            'a: "\\ud800"\n',
            "1:7: not YAML: found invalid Unicode character escape code; expected a mapping, a list or plain text",
        ),
    ],
)
def test_syntax_errors_have_their_place(text: str, expected: str) -> None:
    assert errors(text) == [expected]


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: 1\n乙: ".encode() + b"\xff\n")
    with pytest.raises(KnowledgeError) as caught:
        read_yaml(path)
    assert str(caught.value) == f"{path}:2:4: not UTF-8 here; save the file as UTF-8"


def test_reads_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("甲: 乙\r\n".encode())
    node = read_yaml(path)
    assert plain(node) == {"甲": "乙"}
    assert node.mark.path == str(path)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none.yaml")


@given(st.text(alphabet=st.sampled_from(list("ab：:,[]{}-\"'|>&*!?#% \n\t\u3000\u00a0\r\ufeff好<")), max_size=40))
def test_any_text_is_read_or_refused_with_places_inside_it(text: str) -> None:
    issues: tuple[Issue, ...] = ()
    try:
        read(text)
    except KnowledgeError as error:
        issues = error.issues or (Issue("", 0, 0, "refused without a word"),)
    lines = text.split("\n")
    for issue in issues:
        assert 1 <= issue.line <= len(lines)
        assert 1 <= issue.column <= len(lines[issue.line - 1]) + 1
