"""Chains of records: any change of their files is found and named; they go on after any end of the process."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_support import lines, records
from oncocds_api.audit.chain import Chain, files_of
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.verify import Anchor, ChainReport, verified

KEY = AuditKey("an-audit-key-of-the-site-4711")
MOST = 1 << 20


def written(folder: Path, count: int, most: int = MOST) -> Chain:
    chain = Chain.taken(folder, KEY, most)
    for number in range(count):
        chain.append({"kind": "evaluation", "decision": f"d-{number}"})
    return chain


def wrong(folder: Path, *anchors: Anchor) -> list[str]:
    return [line for report in verified(folder, [KEY], anchors) for line in report.wrong]


def report(folder: Path) -> ChainReport:
    (found,) = verified(folder, [KEY])
    return found


def anchor(chain: Chain) -> Anchor:
    return Anchor(*chain.anchor)


def test_what_was_written_is_right(tmp_path: Path) -> None:
    chain = written(tmp_path, 5)
    chain.close()
    found = report(tmp_path)
    assert (found.records, found.wrong, found.known) == (5, [], [])
    assert found.anchor == anchor(chain)
    assert [one["n"] for one in records(tmp_path)] == [1, 2, 3, 4, 5]
    (path,) = files_of(tmp_path)[1]
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_key_sees_nothing_right(tmp_path: Path) -> None:
    written(tmp_path, 2).close()
    (found,) = verified(tmp_path, [AuditKey("another-key-entirely")])
    assert len(found.wrong) == 2


def test_a_process_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    written(tmp_path, 2).close()
    written(tmp_path, 2).close()
    assert wrong(tmp_path) == []
    assert [one["n"] for one in records(tmp_path)] == [1, 2, 3, 4]


def test_two_processes_never_write_one_chain(tmp_path: Path) -> None:
    first, second = written(tmp_path, 2), written(tmp_path, 3)
    first.append({"kind": "evaluation"})
    assert (first.number, second.number) == (1, 2)
    first.close()
    second.close()
    assert [(one.number, one.records) for one in verified(tmp_path, [KEY])] == [(1, 3), (2, 3)]
    assert wrong(tmp_path) == []
    written(tmp_path, 1).close()
    assert len(files_of(tmp_path)) == 2


def test_a_new_file_carries_the_chain(tmp_path: Path) -> None:
    chain = written(tmp_path, 40, most=4096)
    chain.close()
    files = files_of(tmp_path)[1]
    assert len(files) > 2
    assert all(path.stat().st_size <= 4096 for path in files)
    assert wrong(tmp_path) == []
    written(tmp_path, 1, most=4096).close()
    assert wrong(tmp_path) == []
    files[1].unlink()
    found = wrong(tmp_path)
    assert any("is missing" in line and files[2].name in line for line in found)


def test_files_moved_away_are_missed_unless_anchored(tmp_path: Path) -> None:
    chain = written(tmp_path, 40, most=4096)
    chain.close()
    first, second = files_of(tmp_path)[1][:2]
    last = json.loads(first.read_bytes().splitlines()[-1])
    first.unlink()
    assert any("begins with" in line and second.name in line for line in wrong(tmp_path))
    assert wrong(tmp_path, Anchor(1, last["n"], last["seal"])) == []
    assert wrong(tmp_path, Anchor(1, last["n"], "0" * 64)) != []


def test_one_file_is_verified_by_itself(tmp_path: Path) -> None:
    written(tmp_path, 40, most=4096).close()
    second = files_of(tmp_path)[1][1]
    assert wrong(second) == []
    content = second.read_bytes()
    second.write_bytes(content.replace(b'"decision":"d-', b'"decision":"e-', 1))
    assert wrong(second) == [f"{second.name}:1: not a record sealed with this key: it was changed or put in"] + [
        line for line in wrong(second) if ":2:" in line
    ]


def test_what_is_gone_at_the_end_is_found_by_an_anchor_alone(tmp_path: Path) -> None:
    chain = written(tmp_path, 4)
    chain.close()
    (path,) = files_of(tmp_path)[1]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert wrong(tmp_path) == []
    assert "record 4 of chain 1 is missing" in wrong(tmp_path, anchor(chain))[0]
    path.unlink()
    assert "chain 1 is missing" in wrong(tmp_path, anchor(chain))[0]


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, Anchor]:
    folder = tmp_path_factory.mktemp("ten")
    chain = written(folder, 10)
    chain.close()
    (path,) = files_of(folder)[1]
    return path, path.read_bytes(), anchor(chain)


@given(st.data())
@settings(max_examples=150)
def test_any_change_of_a_byte_is_found(ten: tuple[Path, bytes, Anchor], data: st.DataObject) -> None:
    path, content, at = ten
    place = data.draw(st.integers(0, len(content) - 1))
    kind = data.draw(st.sampled_from(["change", "delete", "insert"]))
    byte = data.draw(st.integers(0, 255).map(lambda one: bytes([one])))
    rest = content[place + (kind != "insert") :]
    changed = content[:place] + (b"" if kind == "delete" else byte) + rest
    path.write_bytes(changed)
    # Without its last character the last line is whole: nothing of a record is lost then.
    assert changed in (content, content[:-1]) or wrong(path.parent, at)


@given(st.data())
@settings(max_examples=150)
def test_any_line_deleted_moved_or_doubled_is_found(ten: tuple[Path, bytes, Anchor], data: st.DataObject) -> None:
    path, content, at = ten
    found = content.splitlines(keepends=True)
    one, other = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))
    kind = data.draw(st.sampled_from(["delete", "swap", "double", "move"]))
    if kind == "delete":
        del found[one]
    elif kind == "swap":
        found[one], found[other] = found[other], found[one]
    elif kind == "double":
        found.insert(other, found[one])
    else:
        found.insert(other, found.pop(one))
    path.write_bytes(b"".join(found))
    told = wrong(path.parent, at)
    assert b"".join(found) == content or told
    if kind == "delete" and one < 9:  # without an anchor, too
        assert wrong(path.parent)
        assert f"{path.name}:{one + 1}: " in told[0]


def test_words_of_what_was_found(ten: tuple[Path, bytes, Anchor]) -> None:
    path, content, _ = ten
    found = content.splitlines(keepends=True)
    name = path.name
    for changed, expected in {
        (*found[:3], *found[4:]): [f"{name}:4: record 4 is missing before record 5"],
        (*found[:2], *found[5:]): [f"{name}:3: records 3 to 5 are missing before record 6"],
        (found[1], found[0], *found[2:]): [
            f"{name}:1: the chain begins with record 2; record 1 is not here: removed, or moved away without an anchor",
            f"{name}:2: record 1 stands after record 2: they were reordered",
        ],
        (*found[:5], found[2], *found[5:]): [
            f"{name}:6: record 3 is doubled: the same record stands at {name}:3",
        ],
        (*found[:5], b"{}\n", *found[5:]): [
            f"{name}:6: not a record sealed with this key: it was changed or put in",
        ],
    }.items():
        path.write_bytes(b"".join(changed))
        assert wrong(path.parent) == expected


@given(st.integers(1, 400))
@settings(max_examples=40)
def test_a_line_that_was_cut_off_is_told_apart_and_the_chain_goes_on(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    written(folder, 3).close()
    (path,) = files_of(folder)[1]
    content = path.read_bytes()
    *_, last = content.splitlines(keepends=True)
    cut = min(cut, len(last) - 1)
    path.write_bytes(content[:-cut] + b"\0" * (cut % 3) * (cut > 1))  # as a machine may leave it that lost its power
    found = report(folder)
    assert found.wrong == []
    assert len(found.known) == (cut > 1)  # of a line whose end alone is missing nothing is lost
    chain = written(folder, 2)
    chain.close()
    assert (chain.torn is None) is (cut == 1)
    assert wrong(folder) == []
    assert [one["n"] for one in records(folder)] == ([1, 2, 3, 4, 5] if cut == 1 else [1, 2, 3, 4])


def test_a_piece_that_is_no_record_is_no_cut_off_line(tmp_path: Path) -> None:
    written(tmp_path, 3).close()
    (path,) = files_of(tmp_path)[1]
    content = path.read_bytes()
    path.write_bytes(content + b'{"n":9,"previous":"')
    assert "cut off or changed" in wrong(tmp_path)[0]
    path.write_bytes(content[:-1] + b"x")  # the end of the last line alone
    assert "cut off or changed" in wrong(tmp_path)[0]
    path.write_bytes(content + b'{"n":9,"previous":"')
    written(tmp_path, 1).close()  # goes on, and leaves what is wrong where it is
    assert len(wrong(tmp_path)) == 1
    assert records_read(tmp_path) == [1, 2, 3, 4]


def records_read(folder: Path) -> list[int]:
    found = []
    for line in lines(folder):
        try:
            found.append(json.loads(line)["n"])
        except ValueError:
            continue
    return found


def test_a_chain_whose_end_was_changed_is_left_and_another_begins(tmp_path: Path) -> None:
    written(tmp_path, 3).close()
    (path,) = files_of(tmp_path)[1]
    content = path.read_bytes()
    path.write_bytes(content.replace(b"d-2", b"e-2"))
    written(tmp_path, 1).close()
    assert path.read_bytes() == content.replace(b"d-2", b"e-2")
    assert [report.number for report in verified(tmp_path, [KEY])] == [1, 2]


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = written(tmp_path, 2)
    whole = lines(tmp_path)
    real, left = os.write, [30]

    def full(descriptor: int, content: bytes) -> int:
        part = content[: left[0]]
        left[0] = 0
        if not part:
            raise OSError(errno.ENOSPC, "full")
        return real(descriptor, part)

    monkeypatch.setattr(os, "write", full)
    for _ in range(2):
        with pytest.raises(OSError, match=r"full|space"):
            chain.append({"kind": "evaluation"})
        assert lines(tmp_path) == whole
    monkeypatch.setattr(os, "write", real)
    chain.append({"kind": "evaluation"})
    chain.close()
    assert wrong(tmp_path) == []
    assert len(lines(tmp_path)) == 3


def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    chain = written(tmp_path, 1)
    size = files_of(tmp_path)[1][0].stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, before[1]))
        with pytest.raises(OSError, match=r"space|large"):
            chain.append({"kind": "evaluation"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    chain.append({"kind": "evaluation"})
    chain.close()
    assert wrong(tmp_path) == []
    assert len(lines(tmp_path)) == 2


def test_a_file_moved_away_under_the_server_is_missed(tmp_path: Path) -> None:
    chain = written(tmp_path, 2)
    (path,) = files_of(tmp_path)[1]
    path.rename(tmp_path / "elsewhere")
    chain.append({"kind": "evaluation"})
    chain.close()
    assert "records 1 to 2 are not here" in wrong(tmp_path)[0]
    (tmp_path / "elsewhere").rename(path)
    assert wrong(tmp_path) == []


WRITER = """
import sys, pathlib
from oncocds_api.audit.chain import Chain
from oncocds_api.audit.key import AuditKey
chain = Chain.taken(pathlib.Path(sys.argv[1]), AuditKey("an-audit-key-of-the-site-4711"), 1 << 20)
print(chain.number, flush=True)
for _ in range(20_000):  # some: who is to kill it may come late
    chain.append({"kind": "evaluation", "text": "x" * 3000})
sys.stdin.read()
"""


def test_processes_that_are_killed_while_they_write(tmp_path: Path) -> None:
    writers: list[Any] = []
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writers.append((writer, int(writer.stdout.readline())))
    assert [number for _, number in writers] == [1, 2]
    while any(not path.stat().st_size for files in files_of(tmp_path).values() for path in files):
        pass
    for writer, _ in writers:
        writer.kill()
        writer.wait()
        writer.stdout.close()
        writer.stdin.close()
    assert wrong(tmp_path) == []
    last = {one.number: one.records for one in verified(tmp_path, [KEY])}
    chain = written(tmp_path, 1)
    assert chain.number == 1
    assert chain.last == last[1] + 1
    chain.close()
    assert wrong(tmp_path) == []
