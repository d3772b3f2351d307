"""What columns answer beside what the engine answers, for the same patients under the same policy."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from oncocds.advice.case import Case
from oncocds.advice.items import subjects
from oncocds.advice.precedence import apply_precedence
from oncocds.engine import Engine
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import Finding
from oncocds.profile.identity import identified
from oncocds.profile.reading import read_profile
from oncocds_cohort.answers import Answers
from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.symbols import Symbol
from oncocds_cohort.columns.terms import Term, all_of, count, negation_of
from oncocds_cohort.columns.vectors import Program
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.sample import EngineReading, differences
from oncocds_cohort.synthetic import line

TODAY = datetime.date(2026, 1, 1)
EVERYTHING_SET = {
    "lvef_drop_abs": 10,
    "brain_oligo_max": 3,
    "oligomet_max": 3,
    "oligoresidual_max": 2,
    "oligoprog_max": 3,
    "pain_nrs": 4,
    "elderly_age": 70,
    "crcl_low": 60,
    "result_age_months": 12,
    "cns_counts_as_visceral": True,
    "sbrt_available": True,
    "cross_tumour_safety": False,
    "echo_interval_months": 3,
    "calcium_interval_days": 28,
    "zoledronate_creatinine_interval_days": 21,
    "ret_blood_count_interval_days": 30,
    "ret_liver_function_interval_days": 14,
    "ret_blood_pressure_interval_days": 7,
    "dental_interval_months": 6,
}
Plain = dict[str, Any]
_ITEM = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Beside:
    """An engine and the plan of the same knowledge under the same policy."""

    engine: Engine
    plan: Plan

    @classmethod
    def of(cls, engine: Engine) -> Beside:
        return cls(engine, Plan.of(engine.knowledge, engine.policy, as_of=TODAY))

    def batches(self, patients: Iterable[Plain], home: Path) -> list[pa.RecordBatch]:
        """The patients as the commands read them."""
        path = home / "patients.ndjson"
        path.write_bytes(b"".join(line(str(number), patient) for number, patient in enumerate(patients)))
        found = list(read_batches(path, self.engine.knowledge.vocabulary))
        refused = [one for batch in found for one in batch.refused]
        assert refused == [], f"{refused}"
        return [one.batch for one in found]

    def facts(self, patient: Plain) -> PatientFacts:
        vocabulary = self.engine.knowledge.vocabulary
        return PatientFacts(identified(read_profile(patient, vocabulary)), self.engine.policy, vocabulary, TODAY)

    def differences(self, patients: Sequence[Plain], home: Path) -> list[str]:
        """Where columns and engine differ: in verdicts, in what is active, in what is missing."""
        found: list[str] = []
        for batch in self.batches(patients, home):
            answers = self.plan.run(batch)
            for place, number in enumerate(answers.ids.to_pylist()):
                said, columns = self.of_engine(patients[int(number)]), of_columns(answers, place)
                apart = sorted(said.symmetric_difference(columns))
                found += [
                    f"{'engine' if one in said else 'columns'} alone: {one} of {_shown(patients[int(number)])}"
                    for one in apart
                ]
        return found

    def read_first(self, patients: Sequence[Plain], home: Path) -> list[str]:
        """Where columns differ from the whole answers: in sections of the briefing and in what is due as well."""
        reading = EngineReading(self.engine, TODAY)
        return [
            f"{one} of {_shown(patients[int(batch.column('id')[one.row].as_py())])}"
            for batch in self.batches(patients, home)
            for one in differences(reading.run(batch), self.plan.run(batch), range(batch.num_rows))
        ]

    def of_engine(self, patient: Plain) -> set[tuple[str, ...]]:
        facts = self.facts(patient)
        conclusion = self.engine._inference.conclude(facts)
        words = {True: "fires", False: "silent", None: "undetermined"}
        said = {(words[verdict], rule) for rule, verdict in conclusion.rules.items()}
        case = self.engine._assembly.case(facts, conclusion)
        said |= {("active", rule) for rule in _active(case)}
        lacking = conclusion.explanation.missing().items()
        return said | {("missing", rule, _ITEM.sub("[]", fact)) for rule, facts in lacking for fact in facts}

    def derived(self, patients: Sequence[Plain], home: Path) -> list[str]:
        """Where derived facts differ: those of the patient by value, those of items by how many have each value."""
        program = derived_program(self.plan)
        found: list[str] = []
        for batch in self.batches(patients, home):
            columns = self.plan.computed(program, batch)
            for place, number in enumerate(batch.column("id").to_pylist()):
                facts = self.facts(patients[int(number)])
                for (fact, value), array in columns.items():
                    said, computed = _said(facts, fact, value), array[place].item()
                    if said != computed and said is not None:  # an unknown number is any
                        found.append(f"{fact} {value}: {said}, columns {computed}, of {_shown(patients[int(number)])}")
        return found


def of_columns(answers: Answers, place: int) -> set[tuple[str, ...]]:
    said: set[tuple[str, ...]] = set()
    for rule in answers.fires:
        both = answers.fires[rule][place] and answers.silent[rule][place]
        assert not both, f"{rule} fires and is silent"
        undetermined = answers.undetermined(rule)[place]
        said.add(("undetermined" if undetermined else "fires" if answers.fires[rule][place] else "silent", rule))
    said |= {("active", rule) for rule, flags in answers.active.items() if flags[place]}
    return said | {("missing", rule, fact) for (rule, fact), flags in answers.missing.items() if flags[place]}


def _active(case: Case) -> Iterable[str]:
    """The rules with a ground that stands, by the functions of the answer's assembly, without building the answer."""
    knowledge = case.knowledge
    demoted = apply_precedence(knowledge.precedence, case)
    for rule, verdict in case.verdicts.items():
        action = knowledge.rules[rule].action
        about = [None] if action is None else subjects(case, knowledge.actions[action], rule)
        entries = () if action is None else demoted.get(rule, ())
        if verdict and any(not any(one.covers(lesion) for one in entries) for lesion in about):
            yield rule


@cache
def derived_program(plan: Plan) -> Program[tuple[str, Any]]:
    """Derived facts and completed fields: whether they are known, and each value."""
    return Program(dict(_findings(plan)))


def _findings(plan: Plan) -> Iterable[tuple[tuple[str, Any], Term]]:
    for fact in DERIVED:
        found = plan.facts.finding(fact)
        assert isinstance(found, Symbol)
        for value, term in _values(found):
            yield (fact, value), term
    for name, fields in EFFECTIVE.items():
        for field in fields:
            item = plan.facts.fresh(name)
            found = item.finding(field)
            assert isinstance(found, Symbol)
            for value, term in _values(found):
                if value != "number":
                    yield (f"{name}.{field}", value), count(item.variable, term)


def _values(found: Symbol) -> Iterable[tuple[Any, Term]]:
    yield None, negation_of(found.known)
    for value, term in found.cases.items():
        yield value, all_of([found.known, term])
    for value, term in found.open_cases.items():
        yield ("open", value), all_of([found.known, term])
    if found.term is not None:
        yield "number", found.term


def _said(facts: PatientFacts, fact: str, value: Any) -> Any:
    name, _, field = fact.partition(".")
    if name not in EFFECTIVE:
        finding = facts.finding(fact)
        return finding.value if value == "number" else _is(finding, value)
    return sum(_is(item.finding(field), value) for item in facts.items(name) or ())


def _is(finding: Finding, value: Any) -> bool:
    if isinstance(value, tuple):
        return finding.value is not None and value[1] in finding.open
    if isinstance(finding.value, tuple):
        return value in finding.value
    return finding.value is value if value is None or isinstance(value, bool) else finding.value == value


def _shown(patient: Plain) -> str:
    return json.dumps(patient, ensure_ascii=False)
