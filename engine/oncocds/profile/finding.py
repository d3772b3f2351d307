"""What is known of one fact: its value or that it is unknown, what it rests on, and what would decide it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Protocol

from oncocds.vocabulary.models import Vocabulary

SETS = ("surgeries",)
"""The facts about the patient that are sets of what records tell one by one: one may hold more than is written."""
PARTLY_KNOWN = frozenset({"class", "drug", *SETS})
"""The facts, of items or of the patient, whose codes may be known in part."""
Value = bool | int | float | str | tuple[str, ...]
ITEM_PATH = re.compile(r"(\w+)\[(.+?)\](?:\.(\w+))?")
"""The public path of an item, or of a fact of it: list, id and (where there is one) field."""


def in_item(path: str) -> re.Match[str] | None:
    """Match the public path of an item or of a fact of it (``ITEM_PATH``); None for a fact about the patient."""
    return ITEM_PATH.fullmatch(path) if "[" in path else None  # it is asked two hundred times for an answer


def field_of(path: str) -> str:
    """Return the field of a fact by its public path: of a fact of an item, list and field without the item's id."""
    match = in_item(path)
    return path if match is None else f"{match[1]}.{match[3]}"


class Finding(NamedTuple):
    """A fact of one patient, three-valued. A hundred are made per patient: a tuple is made in a third of the time.

    ``value`` is None when the fact is unknown. ``used`` are the recorded input facts the value rests on, ``missing``
    the input facts of which at least one must be learnt before an unknown value can become known (empty for a known
    one). Both name facts by their public path, items by id: ``lesions[B1].status``, ``labs.calcium.value``,
    ``policy.crcl_low``. ``open`` are codes that may hold as well as the known ones: of the classes of a drug, or of
    the operations of a patient, some may be known and others not, and a drug that nobody knew (``other``) may be one
    that the vocabulary knows (``PARTLY_KNOWN``).
    """

    value: Value | None
    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    open: frozenset[str] = frozenset()


class Item(Protocol):
    """One item of a list of the profile (a lesion, a medication, a radiotherapy course)."""

    @property
    def id(self) -> str:
        """The caller's id, or one derived from the item's content."""
        ...

    @property
    def path(self) -> str:
        """How the answer speaks of the item: ``lesions[B1]``."""
        ...

    def finding(self, field: str) -> Finding:
        """Return what is known of a field, derived fields included."""
        ...


class Facts(Protocol):
    """All facts of one patient: input, policy and derived."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What the words of the profile mean."""
        ...

    def finding(self, fact: str) -> Finding:
        """Return what is known of a patient-level fact."""
        ...

    @property
    def tallies(self) -> dict[tuple[str, object], Any]:
        """What findings of one item come to in lists, where that is kept; an empty mapping where it is not."""
        ...

    def items(self, name: str) -> tuple[Item, ...] | None:
        """Return the items of a list in order of their ids; None where the list was not recorded (unknown)."""
        ...

    def incomplete(self, name: str) -> bool:
        """Tell whether a recorded list may hold any number of further items, or a recorded set any further codes.

        Of a fact about the patient: whether it is not known where nothing is recorded, which would mean no.
        """
        ...

    def recorded(self, path: str) -> Value | None:
        """Return the recorded value of an input fact by its public path, as shown in explanations."""
        ...


class RecordedItem(Item, Protocol):
    """An item that also tells what was recorded, before any derivation: what derivations start from."""

    def recorded(self, field: str) -> Finding:
        """Return what was recorded of a field, read by its world."""
        ...
