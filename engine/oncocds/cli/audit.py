"""``oncocds audit``: its options; what it does is the server's (extra ``api``)."""

from __future__ import annotations

import argparse
from pathlib import Path

from oncocds.cli.extras import extra
from oncocds.cli.patient import read_patient


def add_audit(subcommands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    audit = subcommands.add_parser("audit", help="the records of what was answered (needs the extra 'api')")
    of_audit = audit.add_subparsers(required=True, dest="what", metavar="WHAT")
    audit.set_defaults(run=_run)

    verify = of_audit.add_parser("verify", help="find records that were changed, removed, moved or doubled")
    verify.add_argument("path", nargs="?", type=Path, help="the log's folder or a file of it (default: the settings')")
    verify.add_argument(
        "--anchor", action="append", default=[], metavar="CHAIN:NUMBER:SEAL",
        help="where a chain once stood, as this command or the server's log said; may be repeated",
    )  # fmt: skip

    show = of_audit.add_parser("show", help="print the record of an answer")
    show.add_argument("--decision", required=True, metavar="ID", help="the answer's header Oncocds-Decision")

    replay = of_audit.add_parser("replay", help="make an answer again and hold it against its record")
    replay.add_argument("decision", metavar="ID", help="the answer's header Oncocds-Decision")
    replay.add_argument("patient", help="the patient's profile, or the Bundle it was mapped from; - is standard input")
    replay.add_argument(
        "--knowledge", type=Path, default=argparse.SUPPRESS, help="the knowledge it was made from (default: bundled)"
    )

    replay.add_argument(
        "--overlay",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="the site's own drugs and names that it was made with (default: vocabulary_overlay of the settings)",
    )

    export = of_audit.add_parser("export", help="print all records for another system, a line each")
    export.add_argument("--fhir", action="store_true", required=True, help="as FHIR R4 AuditEvents (NDJSON)")

    for one in (verify, show, replay, export):
        one.add_argument("--settings", type=Path, help="the server's settings, which name the log and its key")
        one.add_argument("--key", action="append", default=[], type=Path, metavar="FILE", help="a key of the log")
    for one in (show, replay, export):
        one.add_argument("--log", type=Path, metavar="PATH", help="the log's folder (default: the settings')")


def _run(options: argparse.Namespace) -> int:
    with extra("api"):
        from oncocds_api.audit import commands
        from oncocds_api.settings.settings import read_settings
    settings = read_settings(options.settings)
    if options.what == "verify":
        return commands.verify(settings, options.path, options.key, options.anchor)
    if options.what == "show":
        return commands.show(settings, options.decision, options.log, options.key)
    if options.what == "export":
        return commands.export(settings, options.log, options.key)
    data = read_patient(options.patient, "en")
    if options.overlay is not None:
        settings = settings.model_copy(update={"vocabulary_overlay": options.overlay})
    return commands.replay(settings, options.decision, data, options.knowledge, options.log, options.key)
