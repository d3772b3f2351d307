"""Verdicts as letters, a line a patient: so they are sent, kept and digested, and columns only where they are written.

A column for each rule, with the words it may hold, takes ten times as long to send and to keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from oncocds_cohort.answers import Answers
from oncocds_cohort.schema import ID

LETTERS = "fsu"
"""Fires, silent, undetermined; in the order of their numbers."""
_FIRES, _SILENT, _UNDETERMINED = LETTERS.encode()
_LINES = "letters"
_APART = 64  # between rows: those a power of two apart stand in each other's way in a processor's cache
_BLOCK = 256  # patients that are turned at a time: they stay in the cache


def lettered(answers: Answers, rules: Sequence[str]) -> pa.Table:
    """Return the ids of a batch, and of each patient the letters of the rules, in their order."""
    size = len(answers)
    by_rule = np.empty((len(rules), size + _APART), np.uint8)[:, :size]
    of_fires = np.empty(size, np.uint8)
    for letters, rule in zip(by_rule, rules, strict=True):  # what fires is no longer undetermined, nor is it silent
        np.multiply(answers.silent[rule].view(np.uint8), np.uint8(_UNDETERMINED - _SILENT), out=letters)
        np.multiply(answers.fires[rule].view(np.uint8), np.uint8(_UNDETERMINED - _FIRES), out=of_fires)
        np.maximum(letters, of_fires, out=letters)
        np.subtract(np.uint8(_UNDETERMINED), letters, out=letters)
    buffers = [None, pa.py_buffer(np.ascontiguousarray(by_rule.T))]
    lines = pa.Array.from_buffers(pa.binary(len(rules)), size, buffers)
    return pa.Table.from_arrays([answers.ids, lines], names=[ID, _LINES])


def codes(part: pa.Table) -> Iterator[np.typing.NDArray[np.int8]]:
    """Yield of each rule the place in ``LETTERS`` of every patient's letter."""
    found = _matrix(part)
    by_rule = np.empty(found.shape[::-1], np.uint8)
    for begin in range(0, len(found), _BLOCK):
        by_rule[:, begin : begin + _BLOCK] = found[begin : begin + _BLOCK].T
    for letters in by_rule:
        yield (letters > _FIRES).view(np.int8) + (letters > _SILENT).view(np.int8)


class LetterDigest:
    """The digest of the ids, a line each, and of the letters, a line a patient."""

    def __init__(self) -> None:
        self._ids, self._letters = hashlib.sha256(), hashlib.sha256()

    def update(self, part: pa.Table) -> None:
        """Take some patients."""
        self._ids.update("\n".join([*part.column(ID).to_pylist(), ""]).encode())
        found = _matrix(part)
        lines = np.full((len(found), found.shape[1] + 1), ord("\n"), np.uint8)
        lines[:, :-1] = found
        self._letters.update(lines.data)

    def hexdigest(self) -> str:
        """Return the digest of all patients so far."""
        return hashlib.sha256(self._ids.digest() + self._letters.digest()).hexdigest()


def _matrix(part: pa.Table) -> np.typing.NDArray[np.uint8]:
    lines = part.column(_LINES).combine_chunks()
    width = lines.type.byte_width
    if isinstance(lines, pa.ChunkedArray):  # of no chunk
        return np.empty((0, width), np.uint8)
    found = np.frombuffer(lines.buffers()[1], np.uint8)
    return found[lines.offset * width : (lines.offset + len(lines)) * width].reshape(len(lines), width)
