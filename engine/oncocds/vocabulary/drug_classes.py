"""What the classes of a drug that the vocabulary lacks say besides themselves.

``class`` lists all its classes. Where not all are known, ``has_class`` lists some that it has for certain and
``not_class`` some that it has not; of the others nothing is known. Which class implies which stands in ``values.yaml``
(``implies``); drugs of the vocabulary list all their classes themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Vocabulary

OTHER = "other"
"""The code of a drug that the vocabulary lacks, or that whoever recorded it did not know."""
_MOST_KEPT = 1_000


def with_implied(classes: Iterable[str], implied: Mapping[str, str]) -> tuple[str, ...]:
    """Return classes with those they imply: what belongs to one belongs to the other."""
    listed = tuple(classes)
    return tuple(dict.fromkeys((*listed, *(implied[name] for name in listed if name in implied))))


def without_implying(classes: Iterable[str], implied: Mapping[str, str]) -> tuple[str, ...]:
    """Return classes a drug does not belong to, with those that imply them."""
    listed = tuple(classes)
    return tuple(dict.fromkeys((*listed, *(name for name, other in implied.items() if other in listed))))


@once
def drugs_by_classes(vocabulary: Vocabulary) -> Mapping[frozenset[str], frozenset[str]]:
    """Return the drugs that the vocabulary knows, by their classes."""
    found: dict[frozenset[str], set[str]] = {}
    for code, drug in vocabulary.drugs.items():
        if code != OTHER:
            found.setdefault(frozenset(drug.classes), set()).add(code)
    return {classes: frozenset(codes) for classes, codes in found.items()}


@once
def drugs_of(vocabulary: Vocabulary) -> Mapping[str, tuple[str, ...]]:
    """Return the drugs that the vocabulary knows of each class."""
    found: dict[str, tuple[str, ...]] = {}
    for code, drug in vocabulary.drugs.items():
        for name in drug.classes:
            found[name] = (*found.get(name, ()), code)
    return found


def possible_drugs(vocabulary: Vocabulary, has: Collection[str], has_not: Collection[str]) -> frozenset[str]:
    """Return the drugs of the vocabulary with all of some classes and none of others.

    Drugs list what their classes imply, so that nothing implied need be looked for.
    """
    kept, key = _possible(vocabulary), (frozenset(has), frozenset(has_not))
    found = kept.get(key)
    if found is None:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        by_classes = drugs_by_classes(vocabulary).items()
        possible = [codes for of, codes in by_classes if of.issuperset(has) and of.isdisjoint(has_not)]
        found = kept[key] = frozenset().union(*possible)
    return found


@once
def _possible(vocabulary: Vocabulary) -> dict[tuple[frozenset[str], frozenset[str]], frozenset[str]]:  # noqa: ARG001
    return {}


def contradiction(
    classes: Collection[str] | None,
    has: Collection[str] | None,
    has_not: Collection[str] | None,
    implied: Mapping[str, str],
) -> str | None:
    """Return the field that contradicts another one, None where all fit together."""
    all_of_them = None if classes is None else with_implied(classes, implied)
    has, has_not = with_implied(has or (), implied), without_implying(has_not or (), implied)
    if set(has) & set(has_not) or (all_of_them is not None and set(all_of_them) & set(has_not)):
        return "not_class"
    return "has_class" if all_of_them is not None and not set(has) <= set(all_of_them) else None
