"""What is made of a record, worked out once for all that are alike: ids, references, dates and values apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TypeVar, TypeVarTuple

from oncocds.vocabulary.kept import once
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.memory import Memory
from oncocds_fhir.shapes import Shape, Varies, unknown

_T = TypeVar("_T")
_About = TypeVarTuple("_About")
_NEW, _EACH, _DISAGREE = object(), object(), object()


def alike(
    work: Callable[[Resource, Gathering, *_About], _T], record: Resource, gathering: Gathering, *about: *_About
) -> _T:
    """Return what work makes of a record, worked out once for all records of its shape where that decides it.

    ``about`` is what else it depends on, beside vocabulary and codes. What it makes must not be changed by anybody, and
    hold nothing of the record. Where it looks at what differs from record to record, notes something, or asks what else
    was gathered, it is done for each record. Raises what work raises.
    """
    shape = record.shape
    if shape is None:
        return work(record, gathering, *about)
    key = (work, about) if about else work
    found = shape.kept.get(key, _NEW)
    if found is _NEW:
        found = shape.kept[key] = _of_shape(work, shape, gathering.memory, *about)
    if found is _EACH:
        return work(record, gathering, *about)
    if found is _DISAGREE:
        raise Disagreement
    return found  # type: ignore[no-any-return]  # what is kept under one key is all of one type


def _of_shape(
    work: Callable[[Resource, Gathering, *_About], object], shape: Shape, memory: Memory, *about: *_About
) -> object:
    """Return what work makes of a shape; ``_EACH`` where it is to be done for each record of it."""
    try:
        return work(shape.record, _nothing_gathered(memory), *about)
    except Disagreement:
        return _DISAGREE
    except (Varies, Exception):  # an error is told with its place in the record
        return _EACH


@once
def _nothing_gathered(memory: Memory) -> Gathering:
    """Return what knows vocabulary and codes, and of which nothing else may be asked."""
    blind = Gathering(memory.vocabulary, memory.codes, memory, unknown(), unknown(), unknown())
    for one in fields(blind):
        if one.name not in ("vocabulary", "codes", "memory"):
            setattr(blind, one.name, unknown())
    return blind
