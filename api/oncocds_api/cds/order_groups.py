"""Groups of orders (RequestGroup, in R5 RequestOrchestration): the orders in them, and those they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from oncocds_fhir.bundle import References, Resource
from oncocds_fhir.elements import Element

_GROUPS = ("RequestGroup", "RequestOrchestration")
_MOST_LEVELS = 16
AsOrder = Callable[[Mapping[str, Any]], dict[str, Any]]


def without_groups(resources: Sequence[Resource], as_order: AsOrder) -> tuple[list[Resource], dict[str, set[str]]]:
    """Return the orders without the groups that are wholly read, and the labels of each group's orders by reference.

    What is contained in a group becomes an order of its own, read by ``as_order`` and without an id: it cannot be
    withdrawn alone. A group without actions, or with one that leads to no order, stays: the mapping says that it could
    not be read.
    """
    references = References(resources)
    orders = {resource.label: resource for resource in resources if resource.type not in _GROUPS}
    groups: dict[str, set[str]] = {}
    for group in resources:
        if group.type not in _GROUPS:
            continue
        found = list(_parts(group.element.raw(), group, references, as_order, _MOST_LEVELS))
        members = [one for one in found if one is not None]
        if None in found or not found:
            members.append(group)
        orders.update((one.label, one) for one in members if one.type not in _GROUPS or one is group)
        groups[f"{group.type}/{group.id}"] = {one.label for one in members}
    return list(orders.values()), groups


def _parts(
    holder: Mapping[str, Any], group: Resource, references: References, as_order: AsOrder, levels: int
) -> Iterator[Resource | None]:
    """Yield the orders of the actions below a group, None for an action that leads to none."""
    actions = holder.get("action")
    for action in actions if isinstance(actions, list) else ():
        if not isinstance(action, Mapping) or not levels:
            yield None
            continue
        if action.get("action"):
            yield from _parts(action, group, references, as_order, levels - 1)
        held = action.get("resource")
        if held is None:
            if not action.get("action"):
                yield None
            continue
        reference = held.get("reference") if isinstance(held, Mapping) else None
        found = references.find(reference, group) if isinstance(reference, str) else None
        if found is None or not str(reference).startswith("#"):
            yield found
        elif found.type in _GROUPS:
            yield from _parts(found.element.raw(), group, references, as_order, levels - 1)
        else:
            element = Element(as_order(found.element.raw()), found.element.pointer)
            yield Resource(found.type, None, f"{group.label}{reference}", element)
