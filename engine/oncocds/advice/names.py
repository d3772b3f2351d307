"""What the items of a record are called: a drug by its name, a lesion or a course by its site, and the id where needed.

Ids are for machines: they are the keys of some database, or what somebody numbered. A reader is told the thing, as the
vocabulary calls it or, for a drug that it does not know, as the record does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oncocds.profile.finding import Facts, Item
from oncocds.profile.models import ITEM_LISTS
from oncocds.text import Language, Text
from oncocds.vocabulary.drug_classes import OTHER
from oncocds.vocabulary.models import Vocabulary

MOST_NAMED, FIRST_NAMED = 10, 3
"""Items that are all named in one line; of more, the first that are, and all are counted."""
_LONGEST_NAME, _LONGEST_ID = 40, 12
_WORDS = re.compile(r"[\W_]+")
_BESIDE, _LIST = Text("{thing}（{ids}）", "{thing} ({ids})"), Text("、", ", ")
_LESIONS, _ITEMS = (
    Text("等{count}处", " and others, {count} in all"),
    Text("等{count}项", " and others, {count} in all"),
)
_SIDED = Text("{side}{site}", "{side} {site}")


class Name(NamedTuple):
    """What one item is called: the ``thing``, and its ``id`` where that tells more, or tells alone."""

    thing: Text | None
    id: str | None

    def in_(self, language: Language) -> str:
        """Return the name in one language."""
        return _written(self.thing, [] if self.id is None else [self.id], language)


class Names:
    """The names of one patient's items; without facts, of nobody's, every item is called by its id."""

    def __init__(self, facts: Facts | None = None) -> None:
        self._facts = facts
        self._lists: dict[str, Mapping[str, Name]] = {}

    def of(self, of_list: str, identity: str) -> Name:
        """Return what an item is called; one that is not recorded, by its id."""
        if of_list not in self._lists:
            self._lists[of_list] = {} if self._facts is None else dict(_named(of_list, self._facts))
        return self._lists[of_list].get(identity) or Name(None, identity)

    def called(self, path: str) -> Text | None:
        """Return what an item is called by its path (``lesions[L1]``); None where nothing but its id tells it."""
        of_list, _, identity = path.rstrip("]").partition("[")
        name = self.of(of_list, identity)
        return None if name.thing is None else Text(name.in_("zh"), name.in_("en"))

    def all(self) -> Iterator[tuple[str, Text]]:
        """Yield the items that have a name, by their paths."""
        if self._facts is not None:
            for item in (item for of_list in ITEM_LISTS for item in self._facts.items(of_list) or ()):
                if (told := self.called(item.path)) is not None:
                    yield item.path, told

    def together(self, of_list: str, ids: Sequence[str], language: Language, most: int = MOST_NAMED) -> str:
        """Return the names of items of a list, those of one site together; of more than ``most``, the first of them."""
        shown = ids if len(ids) <= most + 1 else ids[:FIRST_NAMED]
        things: dict[str, tuple[Text | None, list[str]]] = {}
        for identity in shown:
            name = self.of(of_list, identity)
            key = f"[{identity}]" if name.thing is None else name.thing.zh
            _, others = things.setdefault(key, (name.thing, []))
            others += [] if name.id is None else [name.id]
        told = _LIST.in_(language).join(_written(thing, some, language) for thing, some in things.values())
        count = _LESIONS if of_list == "lesions" else _ITEMS
        return told if len(shown) == len(ids) else told + count.in_(language).format(count=len(ids))


NOBODY = Names()
"""The names of items of nobody's record: their ids."""


def _written(thing: Text | None, ids: Iterable[str], language: Language) -> str:
    told = _LIST.in_(language).join(ids)
    if thing is None:
        return told
    return _BESIDE.in_(language).format(thing=thing.in_(language), ids=told) if told else thing.in_(language)


def _named(of_list: str, facts: Facts) -> Iterator[tuple[str, Name]]:
    items = facts.items(of_list) or ()
    things = {item.id: _thing(of_list, item, facts.vocabulary) for item in items}
    count = Counter(thing.zh for thing in things.values() if thing is not None)
    for identity, thing in things.items():
        if thing is None or thing.zh in identity:  # the id says it, and more
            yield identity, Name(None, identity)
        else:
            needed = count[thing.zh] > 1 or (of_list == "lesions" and _tells(identity, thing))
            yield identity, Name(thing, identity if needed else None)


def _tells(identity: str, thing: Text) -> bool:
    """Tell whether the id of a lesion is what people wrote on it (T8, left-femur), not a key or its site once more."""
    return len(identity) <= _LONGEST_ID and not {*_WORDS.split(identity.lower())} <= {*thing.en.lower().split()}


def _thing(of_list: str, item: Item, vocabulary: Vocabulary) -> Text | None:
    if of_list == "toxicities":
        return _own(item, "term")
    if of_list == "medications":
        return _label(item, "drug", vocabulary) or _own(item, "name")
    if of_list == "lesions":
        return _label(item, "site", vocabulary) or _label(item, "organ", vocabulary)
    site, side = _label(item, "site", vocabulary), _label(item, "laterality", vocabulary)
    if site is None or side is None:
        return site
    return Text(_SIDED.zh.format(side=side.zh, site=site.zh), _SIDED.en.format(side=side.en, site=site.en))


def _label(item: Item, field: str, vocabulary: Vocabulary) -> Text | None:
    """Return what the code of a field is called; None where it is not known or says that it is another."""
    code = item.finding(field).value
    if not isinstance(code, str) or code == OTHER:
        return None
    value_set = vocabulary.fields[f"{item.path.partition('[')[0]}.{field}"].value_set
    assert value_set is not None
    member = vocabulary.value_sets[value_set].members.get(code)
    return None if member is None else member.label


def _own(item: Item, field: str) -> Text | None:
    """Return the record's own words."""
    told = item.finding(field).value
    if not isinstance(told, str):
        return None
    words = told if len(told) <= _LONGEST_NAME else f"{told[:_LONGEST_NAME]}…"
    return Text(words, words)
