"""Verdicts by letters: what columns say of them and what is digested, wherever a part begins."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from oncocds_cohort.answers import Answers, Flags
from oncocds_cohort.outputs.letters import LETTERS, LetterDigest, codes, lettered
from oncocds_cohort.outputs.verdicts import VerdictColumns

RULES = ("A-1", "B-2", "C-3")
WORDS = {"f": "fires", "s": "silent", "u": "undetermined"}


def said(size: int, seed: int = 0) -> list[str]:
    """Return letters of some patients, a text for each."""
    drawn = np.random.default_rng(seed).integers(0, len(LETTERS), (size, len(RULES)))
    return ["".join(LETTERS[at] for at in row) for row in drawn.tolist()]


def answers(lines: list[str], first: int = 0) -> Answers:
    def where(letter: str) -> dict[str, Flags]:
        return {rule: np.array([line[at] == letter for line in lines], bool) for at, rule in enumerate(RULES)}

    ids = pa.array([f"P-{first + at}" for at in range(len(lines))], pa.string())
    return Answers(ids, where("f"), where("s"), {}, {}, whole=False)


@pytest.mark.parametrize("size", [0, 1, 7, 255, 256, 257, 700])
def test_letters_say_what_the_answers_say(size: int) -> None:
    lines = said(size)
    part = lettered(answers(lines), RULES)
    assert [one.decode() for one in part.column(1).to_pylist()] == lines
    assert [[LETTERS[at] for at in one] for one in codes(part)] == [[line[at] for line in lines] for at in range(3)]
    columns = VerdictColumns(RULES).add(answers(lines))
    columns.validate(full=True)
    assert columns.select(RULES).to_pylist() == [
        {rule: WORDS[letter] for rule, letter in zip(RULES, line, strict=True)} for line in lines
    ]


def test_a_rule_that_fires_and_is_silent_fires_and_one_answer_may_stand_for_all() -> None:
    both, nobody = np.broadcast_to(np.array(True), 2), np.zeros(2, bool)
    of_all = Answers(pa.array(["a", "b"]), {"A": both, "B": nobody}, {"A": both, "B": both}, {}, {}, whole=False)
    assert lettered(of_all, ("A", "B")).column(1).to_pylist() == [b"fs", b"fs"]


def test_the_digest_is_of_ids_and_letters_a_line_each_however_they_are_divided() -> None:
    lines = said(300)
    ids = "".join(f"P-{at}\n" for at in range(300))
    by_hand = hashlib.sha256(
        hashlib.sha256(ids.encode()).digest() + hashlib.sha256("".join(f"{one}\n" for one in lines).encode()).digest()
    )
    for size in (300, 299, 7, 1):
        digest = LetterDigest()
        for begin in range(0, 300, size):
            digest.update(lettered(answers(lines[begin : begin + size], begin), RULES))
        assert digest.hexdigest() == by_hand.hexdigest()
    whole, digest = lettered(answers(lines), RULES), LetterDigest()
    for part in (whole.slice(0, 0), whole.slice(0, 111), whole.slice(111)):
        digest.update(part)
    assert digest.hexdigest() == by_hand.hexdigest()
    assert [list(one) for one in codes(whole.slice(111))] == [list(one[111:]) for one in codes(whole)]
