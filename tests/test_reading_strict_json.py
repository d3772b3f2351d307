"""JSON with nothing guessed and nothing repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oncocds.errors import InputError
from oncocds.reading.strict_json import check_plain, parse_json

SECRET = "张三"


def refused(data: str | bytes, **limits: int) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        parse_json(data, **limits)
    assert all(problem.expected for problem in caught.value.problems)
    return [(problem.pointer, problem.reason) for problem in caught.value.problems]


def refused_plain(data: object) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        check_plain(data)
    return [(problem.pointer, problem.reason) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 1}}', [("/b/c", "this key stands twice")]),
        ('{"a": [1, {"x": 1, "\\u0078": 2}]}', [("/a/1/x", "this key stands twice")]),
        ('{"a": NaN}', [("/a", "not a finite number")]),
        ('{"a": [Infinity, -Infinity]}', [("/a/0", "not a finite number"), ("/a/1", "not a finite number")]),
        ('{"a": 1e999}', [("/a", "not a finite number")]),
        ('{"a": -1e999}', [("/a", "not a finite number")]),
        ('{"a": 9007199254740993}', [("/a", "the number is too large")]),
        ('{"a": ' + "9" * 5000 + "}", [("/a", "not a finite number")]),
        ('{"a": "\\ud800"}', [("/a", "the text holds a lone surrogate")]),
        ('{"a": "\\udc00\\ud800"}', [("/a", "the text holds a lone surrogate")]),
        ('{"\\ud800": 1}', [("/?", "the key holds a lone surrogate")]),
        ('{"a": "x\\u0000y"}', [("/a", "the text holds a NUL character")]),
        ('{"a/b~c": [NaN]}', [("/a~1b~0c/0", "not a finite number")]),
        ("\ufeff{}", [("", "the text begins with a byte order mark")]),
        (b"\xef\xbb\xbf{}", [("", "the text begins with a byte order mark")]),
        (b'{"a": "\xff"}', [("", "the text is not valid UTF-8 at byte 7")]),
        (b'{"a": "\xed\xa0\x80"}', [("", "the text is not valid UTF-8 at byte 7")]),
        ('"\ud800"', [("", "the text is not valid UTF-8 at byte 1")]),
        ("", [("", "the text is not JSON at line 1, column 1")]),
        ('{"a": 1}\n}', [("", "the text is not JSON at line 2, column 1")]),
        ('{"a": 01}', [("", "the text is not JSON at line 1, column 8")]),
        ('{"a": "x\ny"}', [("", "the text is not JSON at line 1, column 9")]),
        ("{'a': 1}", [("", "the text is not JSON at line 1, column 2")]),
        ('"' + '\\"' * 200_000, [("", "the text is not JSON at line 1, column 1")]),
    ],
)
def test_refused(text: str | bytes, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


def test_values_are_never_repeated() -> None:
    for text in (f'{{"a": "{SECRET}\\u0000"}}', f'{{"a": "{SECRET}"', f'["{SECRET}\\ud800"]', f'{{"a": 1}} {SECRET}'):
        with pytest.raises(InputError) as caught:
            parse_json(text)
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_long_or_hostile_key_is_shortened_in_the_pointer() -> None:
    [(pointer, _)] = refused(json.dumps({"\x1b" + "k" * 500: float("nan")}))
    assert pointer == "/?" + "k" * 59


def test_size_counts_bytes() -> None:
    assert parse_json('"骨"', max_bytes=5) == "骨"
    assert refused('"骨骨"', max_bytes=5) == [("", "the text is too long")]
    assert refused(b'"abcd"', max_bytes=5) == [("", "the text is too long")]


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_depth_is_refused_before_python_recurses(opening: str) -> None:
    assert refused(opening * 100_000) == [("", "the text is nested too deeply")]


def test_depth_counts_levels_and_not_brackets_in_text() -> None:
    assert parse_json("[" * 32 + "]" * 32)
    assert refused("[" * 33 + "]" * 33) == [("", "the text is nested too deeply")]
    assert parse_json('"' + "[" * 100 + '\\"{"') == "[" * 100 + '"{'
    assert parse_json("[" + "{}," * 100 + "{}]") == [{}] * 101


@pytest.mark.parametrize("levels", [32, 33, 34, 64])
@pytest.mark.parametrize("pairs", ["[]", "[]{}", "{}[]"])
def test_depth_is_the_same_whatever_the_brackets(pairs: str, levels: int) -> None:
    opening = "".join('{"a":' if pairs[2 * n % len(pairs)] == "{" else "[" for n in range(levels))
    closing = "".join("}" if pairs[2 * n % len(pairs)] == "{" else "]" for n in reversed(range(levels)))
    text = f'["{{[", {opening}1{closing}, [[]], {{}}]'
    assert refused(text) == [("", "the text is nested too deeply")] if levels > 31 else parse_json(text)
    assert parse_json(text, max_depth=levels + 1)
    assert refused(text, max_depth=levels) == [("", "the text is nested too deeply")]


BRACKETS = st.text('[]{}"\\\\a:', max_size=4)


def levels_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(levels_of, value.values()), default=0)
    return 1 + max(map(levels_of, value), default=0) if isinstance(value, list) else 0


@example(['"', [[[]]], '"'])  # an escaped quote begins and ends nothing
@given(
    st.recursive(
        BRACKETS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(BRACKETS, inner, max_size=3), max_leaves=8
    )
)
def test_depth_is_that_of_the_data_whatever_its_texts_hold(value: object) -> None:
    text, levels = json.dumps(value), levels_of(value)
    assert parse_json(text, max_depth=levels) == value
    if levels:
        assert refused(text, max_depth=levels - 1) == [("", "the text is nested too deeply")]


def test_what_looks_doubtful_and_is_not_is_read() -> None:
    assert parse_json('["\\\\u0000", "\\ud83d\\ude00", 9007199254740992, 1000000000000000]') == [
        "\\u0000", "😀", 9007199254740992, 1000000000000000,
    ]  # fmt: skip
    assert refused("[9007199254740993.5e3]") == [("/0", "the number is too large")]
    assert refused("[-1e17, 1e400]") == [("/0", "the number is too large"), ("/1", "not a finite number")]


def test_a_flood_of_problems_is_cut_off() -> None:
    assert len(refused("[" + "NaN," * 5000 + "1]")) == 100


def test_what_json_says_is_what_is_read() -> None:
    assert parse_json('{"a": [1, -2.5, true, null, "\\ud83d\\ude00", {}]}') == {"a": [1, -2.5, True, None, "😀", {}]}
    assert type(parse_json("1")) is int
    assert type(parse_json("1.0")) is float


class _Opaque:
    def __str__(self) -> str:
        raise AssertionError("a value was asked for its text")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"a": float("nan")}, [("/a", "not a finite number")]),
        ({"a": [float("inf")]}, [("/a/0", "not a finite number")]),
        ({"a": 10**400}, [("/a", "the number is too large")]),
        ({"a": "\ud800"}, [("/a", "the text holds a lone surrogate")]),
        ({"a": "\x00"}, [("/a", "the text holds a NUL character")]),
        ({"a": {"b\x00": 1}}, [("/a/b?", "the key holds a NUL character")]),
        ({1: 2}, [("", "a key here is no text")]),
        ({"a": {None: 2}}, [("/a", "a key here is no text")]),
        ({"a": b"x"}, [("/a", "a type that JSON does not have")]),
        ({"a": {1, 2}}, [("/a", "a type that JSON does not have")]),
        ({"a": _Opaque()}, [("/a", "a type that JSON does not have")]),
        ({_Opaque(): 1}, [("", "a key here is no text")]),
    ],
)
def test_plain_data_is_checked_alike(data: object, expected: list[tuple[str, str]]) -> None:
    assert refused_plain(data) == expected


def test_plain_data_may_not_contain_itself() -> None:
    data: list[Any] = []
    data += [data, data]
    assert refused_plain({"a": data}) == [("/a/0", "the data contains itself"), ("/a/1", "the data contains itself")]


def test_plain_data_has_the_same_depth() -> None:
    def nested(levels: int) -> object:
        data: object = 1
        for _ in range(levels):
            data = {"a": data}
        return data

    check_plain(nested(32))
    assert refused_plain(nested(33)) == [("/a" * 32, "nested too deeply")]
    assert refused_plain(nested(500))[0][1] == "nested too deeply"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_good_data_passes_both_ways(data: object) -> None:
    text = json.dumps(data)
    if "\\u0000" in text:
        return
    check_plain(data)
    assert parse_json(text) == data
    assert parse_json(json.dumps(data, ensure_ascii=False).encode()) == data


@given(st.text(alphabet=st.sampled_from(list('{}[]":,\\u0d8N1e9-.aé ')), max_size=30) | st.binary(max_size=20))
def test_any_text_is_read_or_refused(data: str | bytes) -> None:
    try:
        read = parse_json(data)
    except InputError:
        return
    check_plain(read)
