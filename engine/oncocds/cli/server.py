"""The options of the commands that are about a server: serve, reload, feedback, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oncocds.cli import commands
from oncocds.cli.numbers import within


def add_server(subcommands: Any) -> None:
    """Add them."""
    serve = subcommands.add_parser("serve", help="start the HTTP server (needs the extra 'api')")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=within("port", 0, 65535), default=8000, help="0 takes a free one (default: 8000)")
    serve.add_argument("--workers", type=within("workers", 1, 64), default=2, help="evaluation processes (default: 2)")
    serve.add_argument("--policy", type=Path, help="the site's policy (JSON or YAML)")
    serve.add_argument("--settings", type=Path, help="the server's settings (YAML or JSON); ONCOCDS_… variables win")
    serve.add_argument(
        "--pid-file", type=Path, help="where to write the process id (default: pid_file of the settings)"
    )
    serve.set_defaults(run=commands.serve)

    reload = subcommands.add_parser(
        "reload",
        help="have a running server read its knowledge, policy and overlay again (needs the extra 'api')",
        epilog="Exit codes: 0 the new knowledge is in service; 1 refused, the old one is; 2 no server is named; "
        "3 how it went is not known.",
    )
    reload.add_argument("--settings", type=Path, help="the server's settings, which name its pid_file")
    reload.add_argument("--pid-file", type=Path, help="the file that the server wrote")
    reload.add_argument("--pid", type=within("pid", 2, 2**22), help="the server's process id")
    reload.add_argument("--url", help="the server's address (default: that of the pid file, else 127.0.0.1:8000)")
    reload.add_argument(
        "--wait", type=within("seconds", 1, 3600), default=240, metavar="SECONDS", help="how long (default: 240)"
    )
    reload.set_defaults(run=commands.reload)

    feedback = subcommands.add_parser(
        "feedback", help="what became of the cards, by rule or notice (needs the extra 'api')"
    )
    feedback.add_argument("id", nargs="?", help="a rule's id, such as BCBM-62, or a notice's")
    feedback.add_argument("--settings", type=Path, help="the server's settings, which name the feedback database")
    feedback.add_argument("--prune", action="store_true", help="delete what is older than is to be kept")
    feedback.add_argument(
        "--keep-days",
        type=within("days", 1, 36_500),
        metavar="N",
        help="with --prune: keep N days (default: feedback_keep_days of the settings)",
    )
    feedback.set_defaults(run=commands.feedback)

    for name, run, what in (
        ("backup", commands.backup, "copy the feedback database to a new file, also while a server uses it"),
        ("restore", commands.restore, "put a backup in the place of the feedback database"),
    ):
        command = subcommands.add_parser(name, help=f"{what} (SQLite; needs the extra 'api')")
        command.add_argument("file", type=Path, metavar="FILE")
        command.add_argument("--settings", type=Path, help="the server's settings, which name the feedback database")
        command.set_defaults(run=run)
