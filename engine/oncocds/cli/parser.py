"""The options of ``oncocds``, command by command."""

from __future__ import annotations

import argparse
from pathlib import Path

from oncocds import __version__
from oncocds.cli import commands
from oncocds.cli.audit import add_audit
from oncocds.cli.cohort import add_cohort
from oncocds.cli.numbers import within
from oncocds.cli.patient import patient_options
from oncocds.cli.scenario import add_scenario
from oncocds.cli.server import add_server
from oncocds.cli.vocabulary import add_vocabulary

WITHOUT_OVERLAY = (
    *(commands.release, commands.ledger, commands.prove, commands.mutants),
    *(commands.new_rule, commands.new_document),
    *(commands.reload, commands.feedback, commands.backup, commands.restore),
)
"""The commands that know no site's drugs: they are about the rules as such, or about a server that was started."""


def parser() -> argparse.ArgumentParser:
    """Return the parser; its options carry the command to run."""
    whole = argparse.ArgumentParser(
        prog="oncocds",
        description="Oncology decision support: what source documents say about a patient, with every passage.",
        epilog="Exit codes: 0 done; 1 check, ledger, scenarios, prove or mutants found something; 2 input refused; "
        "3 engine fault; 130 interrupted (Ctrl-C). --knowledge stands before the command, as does --overlay.",
    )
    whole.add_argument("--version", action="version", version=f"oncocds {__version__}")
    whole.add_argument("--knowledge", type=Path, help="directory with rules/ and seeds/ (default: bundled)")
    whole.add_argument(
        "--overlay", type=Path, metavar="FILE", help="the site's own drugs, codes and names (YAML; default: none)"
    )
    subcommands = whole.add_subparsers(required=True, metavar="COMMAND")

    evaluate = subcommands.add_parser("evaluate", help="evaluate one patient")
    patient_options(evaluate)
    form = evaluate.add_mutually_exclusive_group()
    form.add_argument(
        "--full", action="store_true", help="print every ground, passage and question, not the briefing alone"
    )
    form.add_argument("--json", action="store_true", help="print the answer as JSON, as the server does")
    form.add_argument(
        "--as-scenario", action="store_true", help="print a Gherkin scenario of this patient that states today's answer"
    )
    evaluate.set_defaults(run=commands.evaluate)

    explain = subcommands.add_parser("explain", help="why a rule fires for a patient or not, and what would change it")
    explain.add_argument("rule", help="a rule's id, such as HER2RT-15")
    patient_options(explain)
    explain.add_argument("--json", action="store_true", help="print the answer as JSON, as the server does")
    explain.set_defaults(run=commands.explain)

    rules = subcommands.add_parser("rules", help="list the rules, or show one with its condition and passages")
    rules.add_argument("id", nargs="?", help="a rule's id, such as HER2RT-15; with --derived a derived fact's name")
    rules.add_argument("--derived", action="store_true", help="show the derived facts: how each is concluded")
    rules.add_argument("--lang", choices=("zh", "en"), default="zh")
    rules.set_defaults(run=commands.rules)

    check = subcommands.add_parser("check", help="read and lint all knowledge and run all examples")
    check.set_defaults(run=commands.check)

    release = subcommands.add_parser("release", help="write down the rules as released (rules/released.yaml)")
    release.add_argument(
        "--compare", action="store_true", help="show what differs from the last release; write nothing"
    )
    release.set_defaults(run=commands.release)

    ledger = subcommands.add_parser("ledger", help="account for every sentence of the documents")
    ledger.add_argument("document", nargs="?", help="one document's id: its sentences, each with what becomes of it")
    ledger.add_argument("--json", action="store_true", help="print every sentence as JSON")
    ledger.add_argument("--lang", choices=("zh", "en"), default="zh")
    ledger.set_defaults(run=commands.ledger)

    policy = subcommands.add_parser("policy", help="list the site's settings with their values and effects")
    policy.add_argument("--policy", type=Path, help="the site's policy (JSON or YAML), laid over the shipped one")
    policy.add_argument("--json", action="store_true", help="print it as JSON, as the server does")
    policy.add_argument("--lang", choices=("zh", "en"), default="zh")
    policy.set_defaults(run=commands.policy)

    add_server(subcommands)
    add_audit(subcommands)
    add_vocabulary(subcommands)
    add_scenario(subcommands)
    add_cohort(subcommands)
    scenarios = subcommands.add_parser("scenarios", help="run Gherkin scenarios (needs the extra 'scenarios')")
    scenarios.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=".feature files or folders of them")
    scenarios.add_argument("--html", type=Path, help="write an HTML report to this file")
    scenarios.add_argument(
        "--matrix", type=Path, help="write which scenario or example shows each rule's verdicts to this file (Markdown)"
    )
    scenarios.add_argument("--show", action="store_true", help="print what the engine answered to each scenario")
    scenarios.add_argument(
        "--policy", type=Path, help="the site's policy, laid over the shipped one (default: the shipped one)"
    )
    scenarios.add_argument("--lang", choices=("zh", "en"), default="zh")
    scenarios.set_defaults(run=commands.scenarios)

    prove = subcommands.add_parser("prove", help="prove claims about every patient (needs the extra 'proofs')")
    prove.add_argument("--witnesses", action="store_true", help="print who shows what must be possible")
    prove.add_argument("--claim", action="append", metavar="ID", help="only this claim; may be repeated")
    prove.add_argument("--jobs", type=within("jobs", 1, 64), metavar="N", help="processes (default: one for each core)")
    prove.add_argument("--lang", choices=("zh", "en"), default="zh")
    prove.set_defaults(run=commands.prove)

    mutants = subcommands.add_parser(
        "mutants", help="try small changes of rules, actions, precedence, notes and tables (extra 'proofs')"
    )
    mutants.add_argument(
        "rule", nargs="*", help="only these rules, actions, entries of precedence.yaml, notes, tables or numbers"
    )
    mutants.add_argument(
        "--scenarios", type=Path, metavar="FILE", help="JSON of patients with the verdicts of all rules"
    )
    mutants.set_defaults(run=commands.mutants)

    new_rule = subcommands.add_parser("new-rule", help="start a rule file from a quote")
    new_rule.add_argument("id", help="the new rule's id, such as BCBM-72")
    new_rule.add_argument("document", help="the document's id, such as breast-bone-metastases")
    new_rule.add_argument("quote", help="the passage, word for word")
    new_rule.set_defaults(run=commands.new_rule)

    new_document = subcommands.add_parser("new-document", help="take in a source document: manifest, ledger, folder")
    new_document.add_argument("id", help="the new document's id, such as lung-bone-metastases")
    new_document.add_argument("text", type=Path, help="its text, a .txt file in UTF-8; kept byte for byte")
    new_document.set_defaults(run=commands.new_document)
    return whole
