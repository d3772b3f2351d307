"""The ``oncocds`` command. Exit codes: 0 done, 1 check, ledger or scenarios found something, 2 refused, 3 fault."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence

from oncocds.cli.console import with_all_streams, written_with_what_there_is
from oncocds.cli.parser import WITHOUT_OVERLAY, parser
from oncocds.cli.refused import REFUSED, Refused
from oncocds.errors import EngineFault, InputError, KnowledgeError, Problem
from oncocds.refusal_words import refusal_words

FAULT = 3
INTERRUPTED = 130  # as shells have it
_OF_WRITING = {errno.EBADF, errno.EFBIG, errno.EINVAL, errno.EIO, errno.ENOSPC}
"""Failures that a printed line meets; they name no file. Others without one are of memory, processes, connections."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    with_all_streams()
    written_with_what_there_is((sys.stdout, sys.stderr))
    options = argparse.Namespace()
    try:
        options = _options(arguments)
        if getattr(options, "overlay", None) is not None and options.run in WITHOUT_OVERLAY:
            raise Refused("--overlay: this command reads nothing of it; expected the command without it")
        code = int(options.run(options))
        sys.stdout.flush()  # what cannot be written is told here, not at exit
        return code
    except InputError as error:
        for problem in error.problems:
            print(f"oncocds: {problem.pointer or '/'}: {_refused(problem, options)}", file=sys.stderr)
        return REFUSED
    except KnowledgeError as error:
        for issue in error.issues:
            print(issue, file=sys.stderr)
        return REFUSED
    except Refused as error:
        print(f"oncocds: {error}", file=sys.stderr)
        return REFUSED
    except EngineFault as error:
        print(f"oncocds: the engine could not conclude ({type(error).__name__}): {error}", file=sys.stderr)
        return FAULT
    except BrokenPipeError:
        # The reader went away (as `head` does): nothing more to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            _flush_or_drop()
        place = error.filename or ("standard output" if error.errno in _OF_WRITING else "the system")
        failed = "it cannot be read or written" if place != "the system" else "it refused what was asked"
        print(f"oncocds: {place}: {failed}: {error.strerror or error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("oncocds: interrupted", file=sys.stderr)
        return INTERRUPTED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    try:
        return parser().parse_args(arguments)
    except SystemExit:  # of --help and --version, too: what they print is written here, not at exit
        sys.stdout.flush()
        raise


def _flush_or_drop() -> None:
    """Write out what was printed before a failure; what cannot be written now cannot be at exit either."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refused(problem: Problem, options: argparse.Namespace) -> str:
    """Return why input is refused, in Chinese where that is the language of the command."""
    if getattr(options, "lang", "en") == "zh":
        return refusal_words({"reason": problem.reason, "expected": problem.expected})["zh"]
    return f"{problem.reason}; expected {problem.expected}"
