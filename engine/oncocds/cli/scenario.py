"""``oncocds scenario``: a patient as a scenario that states today's answer, or what somebody holds against it."""

from __future__ import annotations

import argparse

from oncocds.cli.patient import patient_of, patient_options


def add_scenario(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those there are."""
    command = commands.add_parser(
        "scenario", help="write a patient as a scenario: the answer, or a disagreement with it"
    )
    patient_options(command, "scenario")
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--wrong", metavar="WHAT", help="an action, rule or title that should not be said; with --because"
    )
    what.add_argument("--missing", metavar="WHAT", help="an action, rule or words that should be said; with --because")
    command.add_argument("--because", metavar="REASON", help="why, in the doctor's words")
    command.add_argument("--lesion", metavar="ID", help="the lesion that the disagreement is about")
    command.set_defaults(run=_scenario, refuse=command.error)


def _scenario(options: argparse.Namespace) -> int:
    from oncocds.engine import Engine
    from oncocds.scenarios.of_patient import Disagreement, scenario_of

    what = options.wrong or options.missing
    if bool(what) != bool(options.because):
        options.refuse("a disagreement is said by --wrong or --missing, together with --because")
    engine = Engine.load(options.knowledge, overlay=options.overlay)
    source, policy = patient_of(options, engine.knowledge.vocabulary)
    answer = engine.evaluate(source, policy, options.as_of)
    missing = options.missing is not None
    against = Disagreement(what, options.because, missing, options.lesion) if what else None
    print(scenario_of(engine, source, answer, options.lang, against), end="")
    return 0
