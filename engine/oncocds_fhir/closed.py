"""Facts of which nothing recorded means no, where a record that could tell one was left out: they are no certain no.

Of a diagnosis its codes and words say which of these facts it could tell, as people would read it; one of which nothing
is known could tell any that diagnoses tell. A result could be of each test that its codes, words or unit name, a report
of those that it names; one without a name, or whose results are not among the records, could hold any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from oncocds.errors import InputError
from oncocds.profile.made import models_of
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.earlier import series_told
from oncocds_fhir.elements import Concept
from oncocds_fhir.findings_told import findings_told
from oncocds_fhir.gathering import HISTORY, Gathering
from oncocds_fhir.series_meant import apart, could_be_any

_LABS, _READING = "labs.", ".interpretation"
_OF_THE_LIST = frozenset(("metastasis-in-report", "problem-list"))  # they say that a list is no whole one
_NOT_UNDERSTOOD = ("codes-disagree", "no-code", "unknown-code")


def leave_closed_open(resources: Iterable[Resource], gathering: Gathering) -> list[str]:
    """Leave open each fact that a record which was left out could tell; return those that no other record tells."""
    by_label: dict[str, list[Resource]] = {}
    for one in resources:
        by_label.setdefault(one.label, []).append(one)
    _diagnoses(by_label, gathering)
    _results(by_label, gathering)
    found = []
    for fact in sorted(gathering.remarks.open_lists.keys() & models_of(gathering.vocabulary).closed):
        if fact in gathering.facts or fact.removesuffix(_READING) in gathering.facts:
            gathering.remarks.keep_open(fact, frozenset())
        else:
            found.append(fact)
    return found


def _diagnoses(by_label: Mapping[str, Sequence[Resource]], gathering: Gathering) -> None:
    remarks = gathering.remarks
    for reason, labels in remarks.open_lists.get("lesions", {}).items():
        for label in labels if reason not in _OF_THE_LIST else ():
            for record in by_label.get(label, (None,)):
                _leave_open(_could_tell(record, gathering), reason, label, gathering)
    for reason in _NOT_UNDERSTOOD:
        for label in remarks.about(reason):
            for record in by_label.get(label, ()):
                if record.type == "Condition":
                    _leave_open(_could_tell(record, gathering), reason, label, gathering)


def _leave_open(facts: Iterable[str], reason: str, label: str, gathering: Gathering) -> None:
    for fact in facts:
        gathering.remarks.leave_open(fact, reason, label)


def _could_tell(record: Resource | None, gathering: Gathering) -> frozenset[str]:
    """Return what a diagnosis could tell; what is none says that there are diagnoses which nobody has seen."""
    if record is None or record.type != "Condition":
        return _told_by_diagnoses(gathering)
    return alike(_diagnosis_could_tell, record, gathering)


def _diagnosis_could_tell(record: Resource, gathering: Gathering) -> frozenset[str]:
    every = _told_by_diagnoses(gathering)
    try:
        code = record.element.concept("code")
    except InputError:
        return every
    told, understood = {*findings_told(code, gathering)}, False
    for one in apart(code):
        try:
            found = gathering.memory.diagnosis(one)
        except Disagreement:
            continue
        told.update(fact for meant, _ in found.findings if (fact := meant.one("fact")) is not None)
        understood = understood or bool(found.tumours or found.metastases or found.findings)
    return every & told if understood or not _could_be_anything(code, gathering) else every


def _could_be_anything(code: Concept, gathering: Gathering) -> bool:
    """Tell whether a code that is not understood has no words, and is none of a table that would have it."""
    known = [gathering.codes.systems.get(coding.system or "") for coding in code.codings]
    return not any(code.words()) and not any(known)


def _told_by_diagnoses(gathering: Gathering) -> frozenset[str]:
    return _findings(gathering.codes).intersection(models_of(gathering.vocabulary).closed)


@once
def _findings(codes: CodeTables) -> frozenset[str]:
    return frozenset(fact for entry in codes.findings.names.values() if (fact := entry.one("fact")) is not None)


def _results(by_label: Mapping[str, Sequence[Resource]], gathering: Gathering) -> None:
    readings = {
        fact.removeprefix(_LABS).removesuffix(_READING): fact
        for fact in models_of(gathering.vocabulary).closed
        if fact.startswith(_LABS)
    }
    for reason, labels in gathering.remarks.open_lists.get(HISTORY, {}).items():
        for label in labels:
            for record in by_label.get(label, (None,)):
                told = readings.keys() & _series(record, gathering)
                _leave_open((readings[name] for name in told), reason, label, gathering)
    for name, fact in readings.items():
        for one in gathering.not_settled(f"{_LABS}{name}"):
            gathering.remarks.leave_open(fact, one.reason, one.resource)


def _series(record: Resource | None, gathering: Gathering) -> frozenset[str]:
    every = frozenset(gathering.vocabulary.value_sets["result_series"].members)
    if record is None or record.type == "OperationOutcome":  # there are results which nobody has seen
        return every
    try:
        if record.type == "Observation":
            return alike(_could_be_of, record, gathering)
        if record.type == "DiagnosticReport" and _lacks_results(record, gathering):
            return every
        named = series_told(record, gathering)
    except InputError:
        return every
    return (every if record.type == "DiagnosticReport" else frozenset()) if named is None else named


def _lacks_results(report: Resource, gathering: Gathering) -> bool:
    """Tell whether a report names a result that is not among the records."""
    named = [one.text("reference") for one in report.element.elements("result")]
    return any(gathering.references.find(one, report) is None for one in named)


def _could_be_of(record: Resource, gathering: Gathering) -> frozenset[str]:
    return could_be_any(record.element, gathering)
