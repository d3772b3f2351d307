"""Whose records these are: what can be compared with the patient is compared, what cannot is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from oncocds.errors import InputError, Problem
from oncocds_fhir.bundle import LeftOut, Resource, tail
from oncocds_fhir.elements import Element, objects_in
from oncocds_fhir.holding import lists_of

_SUBJECTS = ("subject", "patient")
_SAME_PERSON = ("replaces", "replaced-by")  # links of a Patient that was merged with another
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MOST_PROBLEMS = 50


@dataclass(frozen=True)
class Whose:
    """The patient if there is one, the records about them, and those that are not, or cannot be told to be."""

    patient: Resource | None
    mine: list[Resource]
    left_out: list[LeftOut]


class _Subject(NamedTuple):
    """Who a record is about: the reference as written, the server it is of, and the identifier, as far as given."""

    resource: Resource
    reference: str | None
    server: str | None
    identifiers: frozenset[tuple[str, str]]
    named: bool

    @property
    def absolute(self) -> bool:
        """Whether the reference itself names the server, and not the address of the record it stands in."""
        return self.server is not None and (self.reference or "").lower().startswith("http")


def whose(resources: Iterable[Resource], server: str | None = None) -> Whose:
    """Sort records by whom they are about; ``server`` is the FHIR server they were asked from, if that is known.

    Raises ``InputError`` where there are several patients, or none while the records are about several: advice on a
    mixture of two people must never be given.
    """
    resources = list(resources)
    patients = [resource for resource in resources if resource.type == "Patient"]
    problems = [
        Problem(patient.element.pointer, "a second patient", "the records of one patient") for patient in patients[1:]
    ]
    if problems:
        raise InputError(problems)
    others = [resource for resource in resources if resource.type != "Patient"]
    subjects: list[_Subject] = []
    left_out: list[LeftOut] = []
    for resource in others:
        try:
            subjects.append(_subject(resource))
        except InputError as error:
            left_out.append(_left_out("unreadable", resource, error.problems))
    if not patients:
        _see_that_they_are_one(subjects)
        compare = _of_nobody(subjects)
    else:
        compare = _Patient(patients[0], subjects, server).compare
    mine = []
    for subject in subjects:
        reason = compare(subject)
        if reason is None:
            mine.append(subject.resource)
        else:
            left_out.append(_left_out(reason, subject.resource))
    return Whose(patients[0] if patients else None, mine, left_out)


def _left_out(reason: str, resource: Resource, problems: Iterable[Problem] = ()) -> LeftOut:
    return LeftOut(reason, resource.label, lists_of(resource.type), tuple(problems))


class _Patient:
    """The patient that subjects are compared with."""

    def __init__(self, patient: Resource, subjects: Iterable[_Subject], server: str | None) -> None:
        self._names = {patient.full_url, f"Patient/{patient.id}"} - {None, "Patient/None"}
        self._identifiers = _identifiers(patient.element.raw().get("identifier"))
        for other in _merged(patient):
            self._names |= {other, tail(other)}
        placed = any(one.server is not None for one in subjects)  # else, as in an export, all are of one server
        mine = [one for one in subjects if placed and one.reference is not None and self._is_named(one.reference)]
        own = _server_of(patient.full_url)
        self._homes = _homes(_server(server), mine) if own is None else {own, _server(server)}

    def compare(self, subject: _Subject) -> str | None:
        """Return None for this patient's record, else the reason why it is left out."""
        if not subject.named:
            return None
        same = False
        if subject.identifiers:
            known = {system for system, _ in self._identifiers} & {system for system, _ in subject.identifiers}
            same = bool(self._identifiers & subject.identifiers)
            if known and not same:
                return "other-patient"
        if subject.reference is None:
            return None if same else "subject-unclear"
        if not self._is_named(subject.reference):
            return "other-patient"
        if subject.server is None or subject.server in self._homes:
            return None
        return "other-patient" if self._homes else "subject-unclear"

    def _is_named(self, reference: str) -> bool:
        return reference in self._names or tail(reference) in self._names


def _merged(patient: Resource) -> list[str]:
    """Return the references to what the EHR merged with a patient; none where the links cannot be read."""
    try:
        links = [link for link in patient.element.elements("link") if link.text("type") in _SAME_PERSON]
        return [other for link in links if (other := link.reference("other")) is not None]
    except InputError:
        return []


def _homes(told: str | None, subjects: Iterable[_Subject]) -> Set[str | None]:
    """Return the servers whose ``Patient/id`` is this patient: the one told of and, if no record is of it, their own.

    A server behind a proxy calls itself otherwise than its clients do: then the address that most records stand at is
    its own. An address written in references counts only where every record writes one: beside records that name no
    server it might be another one.
    """
    homes: set[str | None] = set() if told is None else {told}
    subjects = list(subjects)
    if all(one.server is None for one in subjects):
        return homes
    standing = Counter(one.server for one in subjects if one.server is not None and not one.absolute)
    written = Counter(one.server for one in subjects if one.absolute)
    if told in standing or told in written:
        return homes
    bare = any(one.server is None and not (one.reference or "").startswith("urn:") for one in subjects)
    common = (standing or (Counter() if bare else written)).most_common(2)
    return homes | {common[0][0]} if len(common) == 1 or (common and common[0][1] > common[1][1]) else homes


def _see_that_they_are_one(subjects: Sequence[_Subject]) -> None:
    """Raise ``InputError`` where records without a Patient name several."""
    referring = [one for one in subjects if one.reference is not None]
    names = {tail(one.reference or "") for one in referring}
    servers = {one.server for one in referring if one.server is not None}
    by_system: dict[str, set[str]] = {}
    for system, value in (pair for one in subjects for pair in one.identifiers):
        by_system.setdefault(system, set()).add(value)
    several = referring if len(names) > 1 or len(servers) > 1 else []
    if any(len(values) > 1 for values in by_system.values()):
        several = [one for one in subjects if one.reference is not None or one.identifiers]
    if several:
        raise InputError(
            [
                Problem(f"{one.resource.element.pointer}/subject", "records of several patients", "the records of one")
                for one in several
            ][:_MOST_PROBLEMS]
        )


def _of_nobody(subjects: Sequence[_Subject]) -> Callable[[_Subject], str | None]:
    """Return what compares records where no Patient stands: those that refer to one, or all by one identifier."""
    referring = any(one.reference is not None for one in subjects)
    known = {pair for one in subjects if one.reference is not None or not referring for pair in one.identifiers}

    def compare(subject: _Subject) -> str | None:
        alike = subject.reference is not None or bool(subject.identifiers & known)
        return None if alike or not subject.named else "subject-unclear"

    return compare


def _subject(resource: Resource) -> _Subject:
    for key in _SUBJECTS:
        found = resource.element.raw().get(key)
        if found is None:
            continue
        if isinstance(found, str) and ("/" in found or found.startswith("urn:")):  # a reference without its object
            found = {"reference": found}
        if type(found) is not dict and not isinstance(found, Mapping):
            return _Subject(resource, None, None, frozenset(), True)  # named, and nobody can tell who
        reference = found.get("reference")
        if type(reference) is not str or not reference or reference.isspace():
            reference = Element(found, f"{resource.element.pointer}/{key}").text("reference")
        of = None
        if reference is not None:
            reference = reference.partition("/_history/")[0]
            if "://" in reference:
                of = _server_of(reference)
            elif not reference.startswith("urn:"):
                of = _server_of(resource.full_url)  # a relative reference is of the server that the record is of
        identifiers = _identifiers([found["identifier"]]) if "identifier" in found else frozenset()
        if reference is not None and reference.startswith("#"):  # a Patient within the record, known by identifiers
            for contained in resource.element.elements("contained"):
                if contained.text("id") == reference[1:]:
                    identifiers |= _identifiers(contained.raw().get("identifier"))
            reference = None
        return _Subject(resource, reference, of, identifiers, True)
    return _Subject(resource, None, None, frozenset(), False)


def _identifiers(found: Any) -> frozenset[tuple[str, str]]:
    """Return identifiers by system and value; one that lacks either identifies nobody for certain."""
    pairs = [(one.get("system"), one.get("value")) for one in objects_in(found)]
    return frozenset(
        (system.strip(), value.strip()) for system, value in pairs if isinstance(system, str) and isinstance(value, str)
    )


def _server_of(address: str | None) -> str | None:
    """Return the server of the address of a resource: what stands before its type and id."""
    if address is None or "://" not in address:
        return None
    parts = address.partition("/_history/")[0].split("/")
    return _server("/".join(parts[:-2])) if len(parts) > 4 else None


@lru_cache(256)
def _server(address: str | None) -> str | None:
    """Return a server's address in one spelling; whether it is called by http or https tells no server apart."""
    if address is None:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return address
    shown = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    return f"{parts.hostname or ''}{shown}{parts.path.rstrip('/')}"
