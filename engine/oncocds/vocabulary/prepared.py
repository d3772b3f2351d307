"""What is made of the bundled knowledge once, and loaded in a blink from then on.

Reading and checking some 400 files is most of a start. A *part* made from them is kept in a file beside the package,
under the digest of all it was made from: the bytes of ``rules/`` and ``seeds/`` and of the package's own modules. Where
that digest differs, or the file is damaged or missing, the part is made anew; where it cannot be kept, it is made each
time. The wheel brings its parts along (``scripts/prepare_wheel.py``). A kept part is trusted exactly as the modules
beside it are: whoever can write there can change those too. Knowledge that a caller names by path is never kept.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, fields, is_dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from oncocds.uncollected import uncollected
from oncocds.vocabulary.bundled import bundled_knowledge

_T = TypeVar("_T")
_PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = _PACKAGE / "_prepared"
SELDOM = {"seldom": True}
"""The metadata of a dataclass's field with a tuple that a start does not need: it is loaded for who looks into it."""


def prepared(part: str, make: Callable[[], _T], also: str = "") -> _T:
    """Return a part: as it was kept if it was made from what is there now, else made and, where possible, kept.

    ``also`` is the digest, in hexadecimal, of what else it is made from.
    """
    path, made_from = FOLDER / f"{part}.bin", made_from_digest() + also
    content = _kept(path, made_from)
    if content is not None:
        kept: _T = loaded(content)
        return kept
    made = make()
    _keep(path, made_from, dumped(made))
    return made


@cache
def made_from_digest() -> str:
    """Return the digest of the bundled knowledge's files and of the package's modules, by relative name and bytes."""
    digest = hashlib.sha256()
    home = bundled_knowledge()
    for root, ending in ((home / "rules", ""), (home / "seeds", ""), (_PACKAGE, ".py")):
        for name, path in sorted(_files(str(root), root.name, ending)):
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path for each would take as long as reading
                content = file.read()
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(folder: str, shown: str, ending: str) -> Iterator[tuple[str, str]]:
    """Yield the name within its root and the path of every file; plain text, for there are hundreds at every start."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name not in ("_knowledge", "_prepared", "__pycache__"):
                    yield from _files(entry.path, f"{shown}/{entry.name}", ending)
            elif entry.name.endswith(ending):
                yield f"{shown}/{entry.name}", entry.path


def _kept(path: Path, made_from: str) -> bytes | None:
    try:
        head, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content if head.decode("ascii", "replace") == _head(made_from, content) else None


def _head(made_from: str, content: bytes) -> str:
    return f"{made_from} {hashlib.sha256(content).hexdigest()}"


class _Seldom(Sequence[Any]):
    """A tuple as it was kept, loaded when somebody first looks into it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @cached_property
    def _all(self) -> tuple[Any, ...]:
        found: tuple[Any, ...] = loaded(self._content)
        return found

    def __getitem__(self, at: Any) -> Any:
        return self._all[at]

    def __len__(self) -> int:
        return len(self._all)

    def __eq__(self, other: object) -> bool:
        return self._all == (other._all if isinstance(other, _Seldom) else other)

    def __hash__(self) -> int:
        return hash(self._all)

    def __repr__(self) -> str:
        return repr(self._all)

    def __reduce__(self) -> tuple[type[_Seldom], tuple[bytes]]:
        return _Seldom, (self._content,)


class _Pickler(pickle.Pickler):
    """Keeps a dataclass as a call with its fields: setting them one by one takes three times as long to load."""

    def reducer_override(self, made: Any) -> Any:
        if not is_dataclass(made) or isinstance(made, type):
            return NotImplemented
        return type(made), tuple([_field(field, getattr(made, field.name)) for field in fields(made)])


def _field(field: Field[Any], value: Any) -> Any:
    return _Seldom(dumped(value)) if value and isinstance(value, tuple) and field.metadata == SELDOM else value


def dumped(made: object) -> bytes:
    """Return what was made as bytes, for ``loaded`` under the same modules."""
    content = io.BytesIO()
    _Pickler(content, protocol=5).dump(made)
    return content.getvalue()


def loaded(content: bytes) -> Any:
    """Return what was made, from bytes that come from nobody but ourselves."""
    with uncollected():
        return pickle.loads(content)


def _keep(path: Path, made_from: str, content: bytes) -> None:
    import tempfile  # only where something is kept: it brings much along

    try:
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(f"{_head(made_from, content)}\n".encode() + content)
        kept = Path(file.name)
        kept.chmod(0o644)  # whoever runs the engine may read it, as any other file of the package
        kept.replace(path)
    except OSError:  # a folder that cannot be written: the next start takes longer, nothing else
        return
