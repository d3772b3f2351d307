"""Who is who in a profile: every list item gets an id, lists an order, and the whole a digest.

Ids are the caller's, or derived from the item's content (``femur``, ``left-breast``, ``zoledronate``), so that neither
the order of keys nor of lists changes any answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from oncocds.profile.codes import without_unseen
from oncocds.profile.models import LISTS, DatedResult, Lesion, Medication, Profile, Radiotherapy

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_CONTENT = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_NOT_IN_IDS = re.compile(r"[^\w.]+")
_NUMBER = re.compile(r"([0-9]+)")


Place = tuple[tuple[tuple[str, int, str], ...], str]


def in_order(identity: str) -> Place:
    """Return the place of an id among others as people count: ``B2`` before ``B10``; no two ids share one."""
    parts = _NUMBER.split(identity)  # words and numbers in turn, words first and last
    numbers = [one.lstrip("0") for one in [*parts[1::2], ""]]
    return tuple((word, len(one), one) for word, one in zip(parts[::2], numbers, strict=True)), identity


def identified(profile: Profile) -> Profile:
    """Return the profile with an id on every list item and every list in canonical order."""
    updates: dict[str, Any] = {
        name: _identified(items) for name in LISTS if (items := getattr(profile, name)) is not None
    }
    if profile.surgeries is not None:
        updates["surgeries"] = sorted(set(profile.surgeries))
    return profile.model_copy(update=updates) if updates else profile


def input_digest(profile: Profile) -> str:
    """Return the digest of a profile's content, the same for every order of keys and lists."""
    return "sha256:" + hashlib.sha256(_CANONICAL.encode(canonical_form(profile)).encode()).hexdigest()


def canonical_form(part: BaseModel) -> Any:
    """Return plain data without what is not recorded, every list in an order of its content."""
    return _in_order(part.model_dump(by_alias=True, exclude_none=True))


def _in_order(plain: Any) -> Any:
    if isinstance(plain, dict):
        parts = ((name, _in_order(part)) for name, part in plain.items())
        return {name: part for name, part in parts if part != {}}  # a group in which nothing is recorded says nothing
    if isinstance(plain, list):
        found = [_in_order(part) for part in plain]
        return sorted(found, key=_CONTENT.encode) if len(found) > 1 else found
    return plain


def _identified(items: Sequence[BaseModel]) -> list[BaseModel]:
    taken = {item.id for item in items if item.id is not None}  # type: ignore[attr-defined]
    if len(taken) == len(items):
        return sorted(items, key=lambda item: in_order(item.id))  # type: ignore[attr-defined]
    named: list[BaseModel] = []
    by_content = sorted(items, key=lambda item: _CONTENT.encode(canonical_form(item))) if len(items) > 1 else items
    for item in by_content:
        if item.id is not None:  # type: ignore[attr-defined]
            named.append(item)
            continue
        stem = _stem(item)
        derived, count = stem, 1
        while derived in taken:
            count += 1
            derived = f"{stem}-{count}"
        taken.add(derived)
        named.append(item.model_copy(update={"id": derived}))
    return sorted(named, key=lambda item: in_order(item.id))  # type: ignore[attr-defined]


def _stem(item: BaseModel) -> str:
    if isinstance(item, Lesion):
        return item.site or item.organ or "lesion"
    if isinstance(item, Medication):
        # A drug the vocabulary lacks is told by its name, as far as that makes an id.
        named = _NOT_IN_IDS.sub("-", without_unseen(item.name or "")).strip("-")[:40] if item.drug == "other" else None
        return named or item.drug or "medication"
    if isinstance(item, Radiotherapy):
        return "-".join(part for part in (item.laterality, item.site) if part) or "course"
    if isinstance(item, DatedResult):
        return f"{item.of}-{item.date}"
    return "event"
