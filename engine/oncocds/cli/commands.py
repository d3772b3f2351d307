"""What each command of ``oncocds`` does; each imports what it needs when it is run, and returns its exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from oncocds.cli.extras import extra
from oncocds.cli.fitting import show
from oncocds.cli.patient import patient_of
from oncocds.cli.refused import unknown
from oncocds.errors import KnowledgeError
from oncocds.text import counted

if TYPE_CHECKING:
    from oncocds_api.settings.settings import Settings


def evaluate(options: argparse.Namespace) -> int:
    """Run ``oncocds evaluate``."""
    from oncocds.cli.show import evaluation_text
    from oncocds.engine import Engine

    engine = Engine.load(options.knowledge, overlay=options.overlay)
    source, policy = patient_of(options, engine.knowledge.vocabulary)
    evaluation = engine.evaluate(source, policy, options.as_of)
    if options.as_scenario:
        from oncocds.scenarios.of_patient import scenario_of

        print(scenario_of(engine, source, evaluation, options.lang), end="")
    elif options.json:
        print(evaluation.model_dump_json(indent=2))
    else:
        show(evaluation_text(evaluation, engine.knowledge.vocabulary, options.lang, full=options.full))
    return 0


def explain(options: argparse.Namespace) -> int:
    """Run ``oncocds explain``."""
    from oncocds.cli.explain import explanation_text
    from oncocds.engine import Engine
    from oncocds.explaining.explain import explain

    engine = Engine.load(options.knowledge, overlay=options.overlay)
    if options.rule not in engine.knowledge.rules:
        raise unknown("rule", options.rule, engine.knowledge.rules, _turned_round(options, engine.knowledge.rules))
    source, policy = patient_of(options, engine.knowledge.vocabulary)
    explanation = explain(engine, options.rule, source, policy, options.as_of)
    if options.json:
        print(explanation.model_dump_json(indent=2, by_alias=True))
    else:
        show(explanation_text(explanation, engine.knowledge.vocabulary, options.lang))
    return 0


def _turned_round(options: argparse.Namespace, known: Collection[str]) -> str:
    """Return what is said where the patient stands before the rule."""
    first = options.rule
    if options.patient not in known and first != "-" and not first.endswith(".json") and not Path(first).is_file():
        return ""
    return f"; expected the rule first and then the patient, as in 'oncocds explain {options.patient} {first}'"


def rules(options: argparse.Namespace) -> int:
    """Run ``oncocds rules``."""
    from oncocds.cli.show import rule_text
    from oncocds.engine import load_bundled_or
    from oncocds.reference.pages import Reference
    from oncocds.reference.words import KINDS

    if options.derived:
        from oncocds.cli.derived import print_derived

        return print_derived(options.knowledge, options.id, options.lang, options.overlay)
    knowledge = load_bundled_or(options.knowledge, options.overlay)
    pages = Reference(knowledge).rules
    if options.id is None:
        for page in pages.values():
            print(f"{page.id}\t{KINDS[page.kind].in_(options.lang)}\t{page.title.in_(options.lang)}")
        return 0
    if options.id not in pages:
        raise unknown("rule", options.id, pages)
    show(rule_text(pages[options.id], knowledge.vocabulary, options.lang))
    return 0


def check(options: argparse.Namespace) -> int:
    """Run ``oncocds check``."""
    from oncocds.derived_examples import failed_derived, failed_due
    from oncocds.engine import directories, read_knowledge
    from oncocds.examples import failed_answers, failed_examples
    from oncocds.knowledge.answers import read_answers
    from oncocds.knowledge.glosses import unglossed
    from oncocds.knowledge.released import FILE, read_released, unrevised
    from oncocds.vocabulary.code_loader import load_codes
    from oncocds.vocabulary.drug_checks import drug_issues
    from oncocds.vocabulary.site import base_of

    knowledge = read_knowledge(options.knowledge, options.overlay)
    if issues := list(drug_issues(knowledge.vocabulary)):
        raise KnowledgeError(issues)
    rules = directories(options.knowledge)[0]
    load_codes(rules / "vocabulary" / "codes", base_of(knowledge.vocabulary))
    answers = read_answers(rules)
    issues = [*failed_examples(knowledge), *failed_answers(knowledge, answers), *failed_derived(knowledge.vocabulary)]
    issues += failed_due(knowledge.vocabulary)
    issues += unglossed(knowledge)
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
    examples += len(answers) + sum(map(len, knowledge.vocabulary.derived_examples.values()))
    tried = f"{counted(len(knowledge.rules), 'rule')}, {counted(examples, 'example')}"
    print(f"{tried}, {len(issues)} wrong; knowledge {knowledge.version}")
    print(knowledge.digest)
    return 1 if issues else 0


def release(options: argparse.Namespace) -> int:
    """Run ``oncocds release``."""
    from dataclasses import replace

    from oncocds.engine import directories, load_bundled_or
    from oncocds.knowledge import released
    from oncocds.knowledge.contents import contents, differences

    rules = directories(options.knowledge)[0]
    knowledge = load_bundled_or(options.knowledge)
    before = released.read_released(rules)
    found = released.as_it_is(knowledge, before) if options.compare else released.release(knowledge, before)
    now = replace(found, contents=contents(knowledge))
    for line in differences(before, now):
        print(line)
    if options.compare:
        return 0
    print(f"{released.write_released(now, rules)}: {counted(len(now.rules), 'rule')} of version {now.version}")
    return 0


def ledger(options: argparse.Namespace) -> int:
    """Run ``oncocds ledger``."""
    from oncocds.cli.ledger import print_ledger

    return print_ledger(options.knowledge, options.document, options.lang, as_json=options.json)


def policy(options: argparse.Namespace) -> int:
    """Run ``oncocds policy``."""
    from oncocds.cli.policy import print_policy

    return print_policy(options.knowledge, options.policy, options.lang, as_json=options.json, overlay=options.overlay)


def serve(options: argparse.Namespace) -> int:
    """Run ``oncocds serve``."""
    with extra("api"):
        from oncocds_api.serve import serve
    settings = _with_pid_file(options)
    if options.overlay is not None:
        settings = settings.model_copy(update={"vocabulary_overlay": options.overlay})
    return serve(options.host, options.port, options.workers, options.knowledge, options.policy, settings)


def reload(options: argparse.Namespace) -> int:
    """Run ``oncocds reload``."""
    with extra("api"):
        from oncocds_api.service.reloading import reload
    return reload(_with_pid_file(options), options.pid, options.url, options.wait)


def _with_pid_file(options: argparse.Namespace) -> Settings:
    """Return the server's settings, with the file for its process id that the options name."""
    from oncocds_api.settings.settings import read_settings

    settings = read_settings(options.settings)
    return settings if options.pid_file is None else settings.model_copy(update={"pid_file": options.pid_file})


def feedback(options: argparse.Namespace) -> int:
    """Run ``oncocds feedback``."""
    with extra("api"):
        from oncocds_api.feedback.report import feedback_prune, feedback_report
        from oncocds_api.settings.settings import read_settings
    settings = read_settings(options.settings)
    if options.prune:
        return feedback_prune(settings, options.keep_days)
    return feedback_report(settings, options.id)


def backup(options: argparse.Namespace) -> int:
    """Run ``oncocds backup``."""
    with extra("api"):
        from oncocds_api.feedback.backup import backup
        from oncocds_api.settings.settings import read_settings
    return backup(read_settings(options.settings), options.file)


def restore(options: argparse.Namespace) -> int:
    """Run ``oncocds restore``."""
    with extra("api"):
        from oncocds_api.feedback.backup import restore
        from oncocds_api.settings.settings import read_settings
    return restore(read_settings(options.settings), options.file)


def scenarios(options: argparse.Namespace) -> int:
    """Run ``oncocds scenarios``."""
    with extra("scenarios"):
        from oncocds.scenarios.run import run_scenarios
    return run_scenarios(
        options.paths,
        html=options.html,
        language=options.lang,
        knowledge=options.knowledge,
        policy=options.policy,
        matrix_file=options.matrix,
        show=options.show,
        overlay=options.overlay,
    )


def prove(options: argparse.Namespace) -> int:
    """Run ``oncocds prove``."""
    from oncocds.cli.proving import prove

    with extra("proofs"):
        return prove(options)


def mutants(options: argparse.Namespace) -> int:
    """Run ``oncocds mutants``."""
    from oncocds.cli.proving import mutants

    with extra("proofs"):
        return mutants(options)


def new_rule(options: argparse.Namespace) -> int:
    """Run ``oncocds new-rule``."""
    from oncocds.engine import directories
    from oncocds.knowledge.scaffold import new_gloss, new_rule

    rules, seeds = directories(options.knowledge)
    path = new_rule(rules, seeds, options.id, options.document, options.quote)
    gloss = new_gloss(rules, options.document, options.quote)
    print(path if gloss is None else f"{path}\n{gloss}", end="")
    print(": fill in every TODO, then run: oncocds check")
    return 0


def new_document(options: argparse.Namespace) -> int:
    """Run ``oncocds new-document``."""
    from oncocds.engine import directories
    from oncocds.knowledge.scaffold import new_document

    rules, seeds = directories(options.knowledge)
    for path in new_document(rules, seeds, options.id, options.text):
        print(path)
    print("fill in every TODO of the manifest, then run oncocds new-rule; the ledger is what is left")
    return 0
