"""Which drug a Medication is: by its codes, its printed names, or one the vocabulary lacks, with what is certain of it.

Of a drug without a line in the vocabulary an ATC code tells classes that it has and classes that it has not; so do
names of several known substances. Where codes and names mean different drugs, every class that one of them says stays:
an alarm is not lost because another word contradicts it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from oncocds.profile.codes import shows, without_unseen
from oncocds.vocabulary.code_tables import CALLED, CodeEntry, CodeTables
from oncocds.vocabulary.drug_classes import with_implied, without_implying
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.printed_names import Printed, printed_names
from oncocds.vocabulary.site import own_drugs
from oncocds_fhir.elements import Concept
from oncocds_fhir.second_drugs import drug_in

_NOT_IN_IDS = re.compile(r"[^\w.]+")
_OR = re.compile(r"、?\s*(?:或者|或)\s*|\s+or\s+")
_FEWEST = 2
_BONE_AGENT = "bone_modifying_agent"  # of two of them together the sources say that they must not be
_LONGEST_NAME = 200
_LENGTH_OF_SUBSTANCE = 7  # of an ATC code; what is shorter is a group


@dataclass(frozen=True, slots=True)
class DrugName:
    """A drug of the vocabulary by its code; or ``other`` with a name and what is certain of its classes.

    ``classes`` are all of them where they are known; else ``has`` are some that it has and ``has_not`` some that it has
    not. ``disputed``: its codes and names mean different drugs. ``group``: they name a group of drugs alone.
    """

    drug: str | None
    name: str | None = None
    classes: tuple[str, ...] | None = None
    has: tuple[str, ...] = ()
    has_not: tuple[str, ...] = ()
    disputed: bool = False
    group: bool = False

    @property
    def stem(self) -> str:
        """The beginning of an id for a list item about this drug."""
        if self.drug != "other":
            return self.drug or "unnamed"
        stem = _NOT_IN_IDS.sub("-", self.name or "").strip("-.")[:40]
        if stem and stem == self.name:
            return stem
        return f"{stem or 'drug'}-{hashlib.sha256((self.name or '').encode()).hexdigest()[:6]}"

    @property
    def certain(self) -> tuple[str, ...]:
        """The classes that a drug outside the vocabulary has for certain."""
        return self.has if self.classes is None else self.classes

    @property
    def told(self) -> bool:
        """Whether anything is known of the classes of a drug outside the vocabulary."""
        return self.classes is not None or bool(self.has or self.has_not)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one code or one name says: of which classes the drug is for certain, and of which it is not."""

    has: frozenset[str]
    has_not: frozenset[str]
    drug: str | None = None
    group: bool = False
    called: str | None = None


def drug_of(concept: Concept, vocabulary: Vocabulary, codes: CodeTables) -> DrugName | None:
    """Return which drug a concept names, None where it names none."""
    every, implied = _every_class(vocabulary), vocabulary.implied_classes
    said = [*_by_codes(concept, vocabulary, codes, every), *_by_names(concept, vocabulary, codes, every)]
    if not said:  # nothing of it is known, as of most drugs
        unknown = _name(concept)
        return None if unknown is None else DrugName("other", unknown)
    named = list(dict.fromkeys(one.drug for one in said if one.drug is not None))
    has, none = [one.has for one in said], [one.has_not for one in said]
    # As if each were compared with each: they are two drugs, or one says that it is what another says that it is not.
    disputed = len(named) > 1 or bool(frozenset().union(*has) & frozenset().union(*none))
    known = next(iter(named), None)
    if known is not None and not disputed:
        return drug_named(known, vocabulary)
    own = {one.called for one in said if one.called is not None}
    name = own.pop() if len(own) == 1 and not disputed else _name(concept)
    if name is None:
        return DrugName(None, disputed=True) if disputed else None
    certain = frozenset(with_implied(sorted(frozenset().union(*has)), implied))
    # Disputed, only what every word excludes is excluded; else each of them is right.
    has_not = frozenset.intersection(*none) if disputed else frozenset().union(*none)
    has_not = frozenset(without_implying(sorted(has_not - certain), implied)) - certain
    if certain | has_not >= every:
        return DrugName("other", name, tuple(sorted(certain)), disputed=disputed)
    group = all(one.group for one in said)
    return DrugName("other", name, None, tuple(sorted(certain)), tuple(sorted(has_not)), disputed, group)


def drug_named(code: str, vocabulary: Vocabulary) -> DrugName:
    """Return a drug of the vocabulary; one of a site's own as everybody reads it, with its name and all its classes."""
    own = own_drugs(vocabulary).get(code)
    return DrugName(code) if own is None else DrugName("other", own.code, tuple(sorted(own.classes)))


@once
def _every_class(vocabulary: Vocabulary) -> frozenset[str]:
    return frozenset(vocabulary.value_sets["drug_class"].members)


def _by_codes(concept: Concept, vocabulary: Vocabulary, codes: CodeTables, every: frozenset[str]) -> Iterator[_Said]:
    for coding in concept.codings:
        system = codes.systems.get(coding.system or "")
        if system is None or coding.code is None:
            continue
        code = coding.code.strip().upper()
        entry = codes.drugs.by_code(system, code)
        if entry is not None:
            yield _listed(entry, vocabulary, every)
        elif system == "atc" and any(told := codes.classes_by_atc(code)):
            yield _Said(*told, group=len(code) < _LENGTH_OF_SUBSTANCE)


def _by_names(concept: Concept, vocabulary: Vocabulary, codes: CodeTables, every: frozenset[str]) -> Iterator[_Said]:
    names = printed_names(vocabulary)
    for word in concept.words():
        if either := _either(word, vocabulary, codes):
            yield _one_of(either, every)
            continue
        printed = names.read(word)
        entry = codes.drugs.by_name(word)
        if entry is None and (alone := names.unknown_in(word)) is not None:
            entry = codes.drugs.by_name(alone)  # a name of the site's own
        if entry is not None:
            yield _listed(entry, vocabulary, every)
        if (one := drug_in(word, names)) is not None:
            yield _known(one, vocabulary, every)
        elif printed.drugs:
            yield _several(printed, vocabulary, every)


def _either(word: str, vocabulary: Vocabulary, codes: CodeTables) -> list[frozenset[str]]:
    """Return the classes of each of the drugs, or groups of them, of which a text names one and does not say which.

    ``唑来膦酸或地舒单抗``; with a stroke only bone agents, of which nobody has two: 曲妥珠单抗/帕妥珠单抗 are both.
    """
    clean, names = fold(word), printed_names(vocabulary)
    parts = _OR.split(clean)
    stroke = len(parts) < _FEWEST
    parts = [part.strip() for part in (clean.split("/") if stroke else parts)]
    found: dict[str, frozenset[str]] = {}
    for part in parts if len(parts) >= _FEWEST else ():
        drug, entry = names.read(part).one, codes.drugs.by_name(part)
        if drug is None and entry is None:
            return []
        if drug is None and entry is not None:
            listed = _listed(entry, vocabulary, frozenset())
            found[listed.drug or listed.called or part] = listed.has
        elif drug is not None:
            found[drug] = frozenset(vocabulary.drugs[drug].classes)
    if len(found) < _FEWEST or (stroke and not all(_BONE_AGENT in classes for classes in found.values())):
        return []
    return list(found.values())


def _one_of(classes: list[frozenset[str]], every: frozenset[str]) -> _Said:
    """Return what is certain of one of some drugs: what all of them are, and what none of them is."""
    return _Said(frozenset.intersection(*classes), every - frozenset().union(*classes), group=True)


def _several(printed: Printed, vocabulary: Vocabulary, every: frozenset[str]) -> _Said:
    """Return what is said of several substances together: what one of them is, and nothing else if all are known."""
    has = frozenset(name for drug in printed.drugs for name in vocabulary.drugs[drug].classes)
    return _Said(has, every - has if printed.whole else frozenset())


def _listed(entry: CodeEntry, vocabulary: Vocabulary, every: frozenset[str]) -> _Said:
    """Return what a row of the table says: a drug, some classes of whichever of a group it is, or all classes."""
    if (drug := entry.one("drug")) is not None:
        return _known(drug, vocabulary, every)
    is_group = "group" in entry.means
    listed = entry.means["group" if is_group else "classes"]
    classes = frozenset(with_implied(listed, vocabulary.implied_classes))
    if is_group:
        return _Said(classes, frozenset(), group=True)
    return _Said(classes, every - classes, called=entry.one(CALLED))


def _known(drug: str, vocabulary: Vocabulary, every: frozenset[str]) -> _Said:
    classes = frozenset(vocabulary.drugs[drug].classes)
    return _Said(classes, every - classes, drug)


def _name(concept: Concept) -> str | None:
    """Return what a drug outside the vocabulary is called: the first display, the text, else the code itself.

    In the characters of the record: this name is shown.
    """
    names = (concept.written, *(coding.display for coding in concept.codings), concept.text)
    named = next((clean for name in names if name is not None and (clean := _clean(name))), None)
    return named or next((c.code for c in concept.codings if c.code is not None and _clean(c.code)), None)


def _clean(word: str) -> str | None:
    shown = "".join(c if c.isprintable() else " " for c in without_unseen(word))
    clean = " ".join(shown.split())[:_LONGEST_NAME].strip()
    return clean if shows(clean) else None
