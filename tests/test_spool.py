"""The spool: what was taken is found again, in its order, after any end of the process."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds_api.storage import spool as module
from oncocds_api.storage.spool import ASIDE, Spool, SpoolFull, left_in

PLENTY = 1 << 20
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.binary(max_size=40).map(lambda entry: entry.replace(b"\n", b" "))),
        st.tuples(st.sampled_from(["fails", "done", "ends"]), st.just(b"")),
    ),
    max_size=40,
)


def found_in(folder: Path) -> list[bytes]:
    """What a next process would find if this one ended now."""
    with tempfile.TemporaryDirectory() as there:
        shutil.copytree(folder, Path(there) / "copy")
        following = Spool(Path(there) / "copy", PLENTY)
        found = following.take_over()
        following.close()
    return found


@given(operations=OPERATIONS, segment=st.sampled_from([1, 150, 1 << 20]), cut=st.binary(max_size=9))
def test_what_was_taken_is_found_in_its_order_and_nothing_else(
    operations: list[tuple[str, bytes]], segment: int, cut: bytes
) -> None:
    with tempfile.TemporaryDirectory() as parent, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SEGMENT_BYTES", segment)
        folder = Path(parent) / "spool"
        spool, waiting, done = Spool(folder, PLENTY), list[bytes](), list[bytes]()
        for number, (what, content) in enumerate(operations):
            entry = str(number).encode() + b" " + content
            if what == "append":
                spool.append(entry)
                waiting.append(entry)
            elif what == "fails":
                with pytest.MonkeyPatch.context() as fault:
                    fault.setattr(os, "fsync", _no_space)
                    with pytest.raises(OSError, match="No space"):
                        spool.append(entry)
            elif what == "ends":  # and another process begins
                spool.close()
                spool = Spool(folder, PLENTY)
                taken_over = spool.take_over()
                assert [one for one in taken_over if one not in done] == waiting
                for _ in range(len(taken_over) - len(waiting)):
                    assert spool.first() in done  # done twice at most, never lost
                    spool.done()
            elif waiting:
                assert spool.first() == waiting[0]
                spool.done()
                done.append(waiting.pop(0))
        assert spool.waiting() == len(waiting)
        if folder.exists():
            for path in sorted(folder.glob("*.segment"))[-1:]:  # the process ends in the middle of a line
                with path.open("ab") as file:
                    file.write(cut.replace(b"\n", b" "))
            found = found_in(folder)
            assert [one for one in found if one not in done] == waiting
            assert set(found) <= set(waiting) | set(done)
        spool.close()


def _no_space(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_it_is_bounded_and_takes_again_what_fits_once_something_is_done(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 200)
    spool.append(b"a" * 100)
    with pytest.raises(SpoolFull):
        spool.append(b"b" * 100)
    assert left_in(tmp_path / "spool") == 1
    spool.done()
    spool.append(b"b" * 100)
    assert spool.first() == b"b" * 100
    spool.close()


def test_the_segment_of_a_process_that_lives_is_its_own(tmp_path: Path) -> None:
    one, other = Spool(tmp_path / "spool", PLENTY), Spool(tmp_path / "spool", PLENTY)
    one.append(b"1")
    assert other.take_over() == []
    other.append(b"2")
    one.close()
    third = Spool(tmp_path / "spool", PLENTY)
    assert third.take_over() == [b"1"]
    for spool in (other, third):
        spool.done()
        spool.close()
    assert left_in(tmp_path / "spool") == 0
    assert not list((tmp_path / "spool").glob("*.segment"))


def test_a_line_that_was_changed_is_set_aside_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path / "spool", PLENTY)
    for entry in (b"first", b"second", b"third"):
        spool.append(entry)
    spool.close()
    (path,) = (tmp_path / "spool").glob("*.segment")
    path.write_bytes(path.read_bytes().replace(b"second", b"sec0nd"))
    again = Spool(tmp_path / "spool", PLENTY)
    assert again.take_over() == [b"first", b"third"]
    again.close()
    assert b"sec0nd" in (tmp_path / "spool" / ASIDE).read_bytes()
    assert ASIDE in caplog.text


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", PLENTY)
    spool.append(b"1")
    (path,) = (tmp_path / "spool").glob("*.segment")
    assert path.stat().st_mode & 0o077 == 0
    spool.close()
