"""Several copies of one resource: which of them is the newest, where that can be told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.errors import InputError
from oncocds_fhir.bundle import LeftOut, Resource
from oncocds_fhir.holding import lists_of
from oncocds_fhir.times import When, newest, read_when

_OF_NO_WEIGHT = ("text", "meta")


@dataclass(frozen=True)
class Copies:
    """Each resource once. ``undecided`` are the versions of those of which the newest cannot be told, by name."""

    resources: list[Resource]
    undecided: list[list[Resource]]
    left_out: list[LeftOut]


def without_copies(resources: Iterable[Resource]) -> Copies:
    """Return each resource once: of several versions the newest by ``meta.lastUpdated``.

    Copies that differ in their narrative or ``meta`` alone are one version.
    """
    by_name: dict[str, list[Resource]] = {}
    single: list[Resource] = []
    for resource in resources:
        if resource.id is None and resource.full_url is None:
            single.append(resource)
        else:
            by_name.setdefault(f"{resource.type}/{resource.id or resource.full_url}", []).append(resource)
    undecided: list[list[Resource]] = []
    left_out: list[LeftOut] = []
    for copies in by_name.values():
        if len(copies) == 1:
            single.append(copies[0])
            continue
        # Of copies that say the same the one with the most to it, whatever their order: a profile may stand in meta.
        copies.sort(key=lambda copy: (len(_json(copy.element.raw())), _json(copy.element.raw())))
        versions = list({_json(_of_weight(copy)): copy for copy in copies}.values())
        if len(versions) == 1:
            single.append(versions[0])
            continue
        latest = newest([(_updated(copy), copy) for copy in copies])
        first = latest[0]
        if _updated(first) is not None and len({_json(_of_weight(copy)) for copy in latest}) == 1:
            single.append(first)
            left_out.append(LeftOut("superseded", first.label))
        else:
            undecided.append(versions)
            left_out.append(LeftOut("duplicate-id", first.label, lists_of(first.type)))
    return Copies(single, undecided, left_out)


def _of_weight(resource: Resource) -> Mapping[str, Any]:
    return {key: value for key, value in resource.element.raw().items() if key not in _OF_NO_WEIGHT}


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=True)


def _updated(resource: Resource) -> When | None:
    try:
        meta = resource.element.element("meta")
        return None if meta is None else read_when(meta, "lastUpdated")
    except InputError:
        return None
