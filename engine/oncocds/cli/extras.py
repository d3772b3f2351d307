"""Extras that commands need: what is missing is said with the command that installs it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from oncocds.cli.refused import Refused

_NO_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}


def begin_no_threads() -> None:
    """Keep numpy and pyarrow from beginning threads as soon as they are imported; what the site sets stands.

    A process that has some cannot be copied, and nothing here has use for them.
    """
    for variable, value in _NO_THREADS.items():
        os.environ.setdefault(variable, value)


@contextlib.contextmanager
def extra(name: str) -> Iterator[None]:
    """Import what an extra brings. Raises ``Refused`` where a module of it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = f"this command needs the extra '{name}' ({error.name} is missing): pip install 'oncocds[{name}]'"
        raise Refused(missing) from None
