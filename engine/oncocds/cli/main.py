"""The ``oncocds`` command. Exit codes: 0 done, 1 check, ledger or scenarios found something, 2 refused, 3 fault."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from oncocds import __version__
from oncocds.cli.vocabulary import add_vocabulary
from oncocds.errors import EngineFault, InputError, KnowledgeError

REFUSED = 2
FAULT = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except InputError as error:
        for problem in error.problems:
            print(f"oncocds: {problem.pointer or '/'}: {problem.reason}; expected {problem.expected}", file=sys.stderr)
        return REFUSED
    except KnowledgeError as error:
        for issue in error.issues:
            print(issue, file=sys.stderr)
        return REFUSED
    except EngineFault as error:
        print(f"oncocds: the engine could not conclude ({type(error).__name__}): {error}", file=sys.stderr)
        return FAULT
    except BrokenPipeError:
        # The reader went away (as `head` does): nothing more to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="oncocds",
        description="Oncology decision support: what source documents say about a patient, with every passage.",
        epilog="Exit codes: 0 done; 1 check, ledger or scenarios found something; 2 input refused; 3 engine fault.",
    )
    parser.add_argument("--version", action="version", version=f"oncocds {__version__}")
    parser.add_argument("--knowledge", type=Path, help="directory with rules/ and seeds/ (default: bundled)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    evaluate = commands.add_parser("evaluate", help="evaluate one patient")
    evaluate.add_argument("patient", help="patient profile as JSON; - reads standard input")
    evaluate.add_argument("--policy", type=Path, help="local policy (JSON or YAML), laid over the shipped one")
    evaluate.add_argument("--as-of", help="date of the evaluation, YYYY-MM-DD (default: today)")
    evaluate.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the text (default: zh)")
    form = evaluate.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the answer as JSON, as the server does")
    form.add_argument(
        "--as-scenario", action="store_true", help="print a Gherkin scenario of this patient that states today's answer"
    )
    evaluate.set_defaults(run=_evaluate)

    explain = commands.add_parser("explain", help="why one rule fires for a patient or not, and what would change it")
    explain.add_argument("rule", help="a rule's id, such as HER2RT-15")
    explain.add_argument("patient", help="patient profile as JSON; - reads standard input")
    explain.add_argument("--policy", type=Path, help="local policy (JSON or YAML), laid over the shipped one")
    explain.add_argument("--as-of", help="date of the evaluation, YYYY-MM-DD (default: today)")
    explain.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the text (default: zh)")
    explain.add_argument("--json", action="store_true", help="print the answer as JSON, as the server does")
    explain.set_defaults(run=_explain)

    rules = commands.add_parser("rules", help="list the rules, or show one with its condition and passages")
    rules.add_argument("id", nargs="?", help="a rule's id, such as HER2RT-15; with --derived a derived fact's name")
    rules.add_argument("--derived", action="store_true", help="show the derived facts: how each is concluded")
    rules.add_argument("--lang", choices=("zh", "en"), default="zh")
    rules.set_defaults(run=_rules)

    check = commands.add_parser("check", help="read and lint all knowledge and run all examples")
    check.set_defaults(run=_check)

    release = commands.add_parser("release", help="write down the rules as released (rules/released.yaml)")
    release.set_defaults(run=_release)

    ledger = commands.add_parser("ledger", help="account for every sentence of the documents")
    ledger.add_argument("document", nargs="?", help="one document's id: its sentences, each with what becomes of it")
    ledger.add_argument("--json", action="store_true", help="print every sentence as JSON")
    ledger.add_argument("--lang", choices=("zh", "en"), default="zh")
    ledger.set_defaults(run=_ledger)

    policy = commands.add_parser("policy", help="list the site's settings with their values and effects")
    policy.add_argument("--policy", type=Path, help="the site's policy (JSON or YAML), laid over the shipped one")
    policy.add_argument("--json", action="store_true", help="print it as JSON, as the server does")
    policy.add_argument("--lang", choices=("zh", "en"), default="zh")
    policy.set_defaults(run=_policy)

    serve = commands.add_parser("serve", help="start the HTTP server (needs the extra 'api')")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument(
        "--port", type=_within("port", 0, 65535), default=8000, help="0 takes a free one (default: 8000)"
    )
    serve.add_argument("--workers", type=_within("workers", 1, 64), default=2, help="evaluation processes (default: 2)")
    serve.add_argument("--policy", type=Path, help="the site's policy (JSON or YAML)")
    serve.add_argument("--settings", type=Path, help="the server's settings (YAML or JSON); ONCOCDS_… variables win")
    serve.set_defaults(run=_serve)

    feedback = commands.add_parser("feedback", help="what became of the cards, by rule (needs the extra 'api')")
    feedback.add_argument("id", nargs="?", help="a rule's id, such as BCBM-62")
    feedback.add_argument("--settings", type=Path, help="the server's settings, which name the feedback database")
    feedback.set_defaults(run=_feedback)

    add_vocabulary(commands)
    scenarios = commands.add_parser("scenarios", help="run Gherkin scenarios (needs the extra 'scenarios')")
    scenarios.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=".feature files or folders of them")
    scenarios.add_argument("--html", type=Path, help="write an HTML report to this file")
    scenarios.add_argument(
        "--matrix", type=Path, help="write which scenario or example shows each rule's verdicts to this file (Markdown)"
    )
    scenarios.add_argument("--show", action="store_true", help="print what the engine answered to each scenario")
    scenarios.add_argument("--policy", type=Path, help="the site's policy (default: nothing set, all switches off)")
    scenarios.add_argument("--lang", choices=("zh", "en"), default="zh")
    scenarios.set_defaults(run=_scenarios)

    prove = commands.add_parser("prove", help="prove claims about every patient (needs the extra 'proofs')")
    prove.add_argument("--witnesses", action="store_true", help="print who shows what must be possible")
    prove.add_argument("--claim", action="append", metavar="ID", help="only this claim; may be repeated")
    prove.add_argument(
        "--jobs", type=_within("jobs", 1, 64), metavar="N", help="processes (default: one for each core)"
    )
    prove.add_argument("--lang", choices=("zh", "en"), default="zh")
    prove.set_defaults(run=_prove)

    mutants = commands.add_parser(
        "mutants", help="try small changes of rules, precedence, notes and tables (extra 'proofs')"
    )
    mutants.add_argument(
        "rule", nargs="*", help="only these rules, entries of precedence.yaml, notes, tables or numbers"
    )
    mutants.add_argument(
        "--scenarios", type=Path, metavar="FILE", help="JSON of patients with the verdicts of all rules"
    )
    mutants.set_defaults(run=_mutants)

    new_rule = commands.add_parser("new-rule", help="start a rule file from a quote")
    new_rule.add_argument("id", help="the new rule's id, such as BCBM-72")
    new_rule.add_argument("document", help="the document's id, such as breast-bone-metastases")
    new_rule.add_argument("quote", help="the passage, word for word")
    new_rule.set_defaults(run=_new_rule)

    new_document = commands.add_parser("new-document", help="take in a source document: manifest, ledger, folder")
    new_document.add_argument("id", help="the new document's id, such as lung-bone-metastases")
    new_document.add_argument("text", type=Path, help="its text, a .txt file in UTF-8; kept byte for byte")
    new_document.set_defaults(run=_new_document)
    return parser


def _within(name: str, least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected {name} as a whole number from {least} to {most}")
        return int(text)

    return read


def _evaluate(options: argparse.Namespace) -> int:
    from oncocds.cli.show import evaluation_text
    from oncocds.engine import Engine
    from oncocds.profile.reading import read_policy

    engine = Engine.load(options.knowledge)
    source = _patient(options.patient)
    if source is None:
        return REFUSED
    # Laid over the shipped policy for this one call, so that the answer says what it changes.
    policy = None if options.policy is None else read_policy(options.policy, engine.knowledge.vocabulary)
    evaluation = engine.evaluate(source, policy, options.as_of)
    if options.as_scenario:
        from oncocds.scenarios.writer import scenario_of

        print(scenario_of(engine, source, evaluation, options.policy, options.lang), end="")
    elif options.json:
        print(evaluation.model_dump_json(indent=2))
    else:
        print(evaluation_text(evaluation, engine.knowledge.vocabulary, options.lang))
    return 0


def _patient(path: str) -> bytes | None:
    """Return what a patient's file holds; None after saying that it cannot be read."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        print(f"oncocds: {path}: {error.strerror}", file=sys.stderr)
        return None


def _explain(options: argparse.Namespace) -> int:
    from oncocds.cli.explain import explanation_text
    from oncocds.engine import Engine
    from oncocds.explaining.explain import explain
    from oncocds.profile.reading import read_policy
    from oncocds.reading.nearest import suggestion

    engine = Engine.load(options.knowledge)
    if options.rule not in engine.knowledge.rules:
        print(f"oncocds: no rule '{options.rule}'{suggestion(options.rule, engine.knowledge.rules)}", file=sys.stderr)
        return REFUSED
    source = _patient(options.patient)
    if source is None:
        return REFUSED
    policy = None if options.policy is None else read_policy(options.policy, engine.knowledge.vocabulary)
    explanation = explain(engine, options.rule, source, policy, options.as_of)
    if options.json:
        print(explanation.model_dump_json(indent=2, by_alias=True))
    else:
        print(explanation_text(explanation, engine.knowledge.vocabulary, options.lang))
    return 0


def _rules(options: argparse.Namespace) -> int:
    from oncocds.cli.show import rule_text
    from oncocds.engine import load_bundled_or
    from oncocds.reading.nearest import suggestion
    from oncocds.reference.pages import Reference

    if options.derived:
        from oncocds.cli.derived import print_derived

        return print_derived(options.knowledge, options.id, options.lang)
    pages = Reference(load_bundled_or(options.knowledge)).rules
    if options.id is None:
        for page in pages.values():
            print(f"{page.id}\t{page.kind}\t{page.title.zh if options.lang == 'zh' else page.title.en}")
        return 0
    if options.id not in pages:
        print(f"oncocds: no rule '{options.id}'{suggestion(options.id, pages)}", file=sys.stderr)
        return REFUSED
    print(rule_text(pages[options.id], options.lang))
    return 0


def _check(options: argparse.Namespace) -> int:
    from oncocds.derived_examples import failed_derived
    from oncocds.engine import directories, read_knowledge
    from oncocds.examples import failed_examples
    from oncocds.knowledge.released import FILE, read_released, unrevised
    from oncocds.vocabulary.code_loader import load_codes
    from oncocds.vocabulary.drug_checks import drug_issues

    knowledge = read_knowledge(options.knowledge)
    if issues := list(drug_issues(knowledge.vocabulary)):
        raise KnowledgeError(issues)
    rules = directories(options.knowledge)[0]
    load_codes(rules / "vocabulary" / "codes", knowledge.vocabulary)
    issues = [*failed_examples(knowledge), *failed_derived(knowledge.vocabulary)]
    released = read_released(rules)
    if released is None:
        print(f"no rules/{FILE}: nothing was released that revisions could be held against")
    else:
        issues.extend(unrevised(knowledge, released))
    for issue in issues:
        print(issue, file=sys.stderr)
    examples = sum(len(rule.examples) for rule in knowledge.rules.values())
    examples += sum(len(entry.examples) for entry in knowledge.precedence)
    examples += sum(len(note.examples) for note in knowledge.notes.values())
    examples += sum(map(len, knowledge.vocabulary.derived_examples.values()))
    print(f"{len(knowledge.rules)} rules, {examples} examples, {len(issues)} wrong; knowledge {knowledge.version}")
    print(knowledge.digest)
    return 1 if issues else 0


def _release(options: argparse.Namespace) -> int:
    from oncocds.engine import directories, load_bundled_or
    from oncocds.knowledge.released import read_released, release, write_released

    rules = directories(options.knowledge)[0]
    released = release(load_bundled_or(options.knowledge), read_released(rules))
    print(f"{write_released(released, rules)}: {len(released.rules)} rules of version {released.version}")
    return 0


def _ledger(options: argparse.Namespace) -> int:
    from oncocds.cli.ledger import print_ledger

    return print_ledger(options.knowledge, options.document, options.lang, as_json=options.json)


def _policy(options: argparse.Namespace) -> int:
    from oncocds.cli.policy import print_policy

    return print_policy(options.knowledge, options.policy, options.lang, as_json=options.json)


def _serve(options: argparse.Namespace) -> int:
    try:
        from oncocds_api.serve import serve
        from oncocds_api.settings import read_settings
    except ModuleNotFoundError as error:
        return _extra_missing("api", error)
    settings = read_settings(options.settings)
    return serve(options.host, options.port, options.workers, options.knowledge, options.policy, settings)


def _feedback(options: argparse.Namespace) -> int:
    try:
        from oncocds_api.cds.feedback_report import feedback_report
        from oncocds_api.settings import read_settings
    except ModuleNotFoundError as error:
        return _extra_missing("api", error)
    return feedback_report(read_settings(options.settings), options.id)


def _scenarios(options: argparse.Namespace) -> int:
    try:
        from oncocds.scenarios.run import run_scenarios
    except ModuleNotFoundError as error:
        return _extra_missing("scenarios", error)
    return run_scenarios(
        options.paths,
        html=options.html,
        language=options.lang,
        knowledge=options.knowledge,
        policy=options.policy,
        matrix_file=options.matrix,
        show=options.show,
    )


def _prove(options: argparse.Namespace) -> int:
    from oncocds.cli.proving import prove

    try:
        return prove(options)
    except ModuleNotFoundError as error:
        return _extra_missing("proofs", error)


def _mutants(options: argparse.Namespace) -> int:
    from oncocds.cli.proving import mutants

    try:
        return mutants(options)
    except ModuleNotFoundError as error:
        return _extra_missing("proofs", error)


def _new_rule(options: argparse.Namespace) -> int:
    from oncocds.engine import directories
    from oncocds.knowledge.scaffold import new_rule

    rules, seeds = directories(options.knowledge)
    path = new_rule(rules, seeds, options.id, options.document, options.quote)
    print(f"{path}: fill in every TODO, then run: oncocds check")
    return 0


def _new_document(options: argparse.Namespace) -> int:
    from oncocds.engine import directories
    from oncocds.knowledge.scaffold import new_document

    rules, seeds = directories(options.knowledge)
    for path in new_document(rules, seeds, options.id, options.text):
        print(path)
    print("fill in every TODO of the manifest, then run oncocds new-rule; the ledger is what is left")
    return 0


def _extra_missing(extra: str, error: ModuleNotFoundError) -> int:
    print(
        f"oncocds: this command needs the extra '{extra}' ({error.name} is missing): pip install 'oncocds[{extra}]'",
        file=sys.stderr,
    )
    return REFUSED
