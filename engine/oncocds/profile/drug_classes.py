"""What the classes of a drug that the vocabulary lacks say besides themselves.

``class`` lists all its classes. Where not all are known, ``has_class`` lists some that it has for certain and
``not_class`` some that it has not; of the others nothing is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

# Every bisphosphonate is a bone-modifying agent, every anticancer class is systemic therapy. Drugs of the vocabulary
# list all their classes themselves.
IMPLIED: Mapping[str, str] = {
    "bisphosphonate": "bone_modifying_agent",
    "anti_her2": "systemic",
    "ret_inhibitor": "systemic",
    "immunotherapy": "systemic",
    "endocrine": "systemic",
    "cdk4_6_inhibitor": "systemic",
    "chemotherapy": "systemic",
    "adc": "systemic",
    "parp_inhibitor": "systemic",
    "other_targeted": "systemic",
}


def with_implied(classes: Iterable[str]) -> tuple[str, ...]:
    """Return classes with those they imply: what belongs to one belongs to the other."""
    listed = tuple(classes)
    return tuple(dict.fromkeys((*listed, *(IMPLIED[name] for name in listed if name in IMPLIED))))


def without_implying(classes: Iterable[str]) -> tuple[str, ...]:
    """Return classes a drug does not belong to, with those that imply them."""
    listed = tuple(classes)
    return tuple(dict.fromkeys((*listed, *(name for name, implied in IMPLIED.items() if implied in listed))))


def contradiction(
    classes: Collection[str] | None, has: Collection[str] | None, has_not: Collection[str] | None
) -> str | None:
    """Return the field that contradicts another one, None where all fit together."""
    all_of_them = None if classes is None else with_implied(classes)
    has, has_not = with_implied(has or ()), without_implying(has_not or ())
    if set(has) & set(has_not) or (all_of_them is not None and set(all_of_them) & set(has_not)):
        return "not_class"
    return "has_class" if all_of_them is not None and not set(has) <= set(all_of_them) else None
