"""Reads the rows of code tables: each checked where it stands, against the vocabulary and the rows of its table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from oncocds.reading.marks import Scalar
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.reading.traps import shown
from oncocds.vocabulary.code_files import CodeFiles
from oncocds.vocabulary.code_tables import CALLED, CodeEntry, CodeTable
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.printed_names import printed_names

_Known = Callable[[Vocabulary], Iterable[str]]


def _values(value_set: str, *more: str) -> _Known:
    return lambda vocabulary: (*vocabulary.value_sets[value_set].members, *more)


def _booleans(vocabulary: Vocabulary) -> Iterable[str]:
    return (n for n, f in vocabulary.fields.items() if f.type == "boolean" and f.world not in ("derived", "policy"))


def _facts(vocabulary: Vocabulary) -> Iterable[str]:
    return (name for name, found in vocabulary.fields.items() if found.world not in ("derived", "policy"))


_SETS: _Known = lambda vocabulary: vocabulary.value_sets  # noqa: E731 - one of a table of such
_SPECIAL = ("er", "pr", "lvef", "variant", "m_category", "pregnancy_test", "none", "beside", "elsewhere")
_DIGITS: _Known = lambda _: "123456789"  # noqa: E731
_STAGES = (
    "0", "I", "IA", "IA1", "IA2", "IA3", "IB", "IB1", "IB2", "IC", "II", "IIA", "IIA1", "IIA2", "IIB", "IIC",
    "III", "IIIA", "IIIA1", "IIIA2", "IIIB", "IIIC", "IIIC1", "IIIC2", "IV", "IVA", "IVB", "IVC",
)  # fmt: skip
# What the entries of a table may mean, and by which words of the vocabulary; the keys of one shape stand together.
_MEANINGS: Mapping[str, Mapping[str, _Known]] = {
    "drugs": {"drug": _values("drug"), "classes": _values("drug_class"), "group": _values("drug_class")},
    "tumours": {
        "tumour_type": _values("tumour_type"),
        "side_at": _DIGITS,
        "laterality": _values("laterality"),
    },
    "histologies": {"tumour_type": _values("tumour_type"), "of": _values("tumour_type")},
    "metastases": {
        "organ": _values("organ", "unspecified", "bone_marrow"),
        "site": _values("bone_site"),
        "laterality": _values("laterality"),
    },
    "sites": {
        "organ": _values("organ", "bone_marrow"),
        "site": _values("bone_site"),
        "radiotherapy_site": _values("radiotherapy_site"),
        "laterality": _values("laterality"),
    },
    "findings": {
        "fact": _booleans,
        "viral": _values("viral_hepatitis"),
        "indication": _values("indication"),
        "er": lambda _: ("positive", "negative"),
        "toxicity": lambda _: ("颌骨坏死",),
    },
    "observations": {"facts": _facts, "special": lambda _: _SPECIAL},
    "answers": {
        "value_sets": _SETS,
        "code": lambda vocabulary: {m for s in vocabulary.value_sets.values() for m in s.members},
        "facts": _facts,
        "number": lambda _: "01234",
        "stage": lambda _: _STAGES,
        "truth": lambda _: ("true", "false"),
        "stain": lambda _: ("positive", "negative", "beside"),
    },
    "procedures": {
        "radiotherapy": lambda _: ("course",),
        "technique": _values("technique"),
        "surgery": _values("surgery"),
        "fact": _booleans,
    },
    "absences": {"of": lambda _: ("medications", "radiotherapy", "conditions"), "known": lambda _: ("none", "nothing")},
}
_NO_WORDS = {"classes"}  # an empty list says something: a drug of none of the classes


@dataclass(frozen=True, slots=True)
class SiteDrug:
    """A row of a site's about a drug: one of the vocabulary's, or one of its own; with the names that it gives it."""

    means: Mapping[str, tuple[str, ...]]
    names: tuple[Scalar, ...]

    @property
    def code(self) -> str:
        """The vocabulary's code; of a drug of the site's own the first of its names."""
        return (self.means.get("drug") or self.means[CALLED])[0]


class CodeRows:
    """Reads tables of some files; ``sources`` are the short names of the public files that codes may be seen in."""

    def __init__(self, files: CodeFiles, vocabulary: Vocabulary, sources: tuple[str, ...]) -> None:
        self._files = files
        self._vocabulary = vocabulary
        self._sources = sources
        self.site_drugs: list[SiteDrug] = []

    def table(self, name: str, systems: set[str]) -> CodeTable:
        """Read one table."""
        codes: dict[tuple[str, str], CodeEntry] = {}
        prefixes: dict[tuple[str, str], CodeEntry] = {}
        names: dict[str, CodeEntry] = {}
        taken = self._words_taken(name)
        if name == "drugs":
            self._of_vocabulary(codes, prefixes)
        for record, own in self._files.rows(name):
            entry, listed = self._entry(name, record), False
            named = self._named(name, record, entry, taken, own)
            if own and "classes" in entry.means:  # one name, whatever records call it
                if named:
                    entry = replace(entry, means={**entry.means, CALLED: (named[0].text,)})
                else:
                    record.issue(record.mark, f"{record.what}: a drug of the site's own has no name; expected 'names'")
            if own and named and name == "drugs" and "group" not in entry.means:
                self.site_drugs.append(SiteDrug(entry.means, tuple(named)))
            places = _places(entry) if name == "answers" else ("",)
            for system in sorted(systems):
                for code in record.scalars(system):
                    listed = True
                    for place in places:
                        key = (f"{place}|{system}" if place else system, code.text.removesuffix("*"))
                        of = prefixes if code.text.endswith("*") else codes
                        self._entry_once(of, key, entry, code, f"{system} {shown(code.text)}")
            if listed and not entry.seen and not own:
                record.issue(
                    record.mark,
                    f"{record.what}: 'seen' is missing; say in which public file (sources.yaml) its codes stand",
                )
            for word in named:
                listed = True
                for place in places:
                    key_ = f"{place}|{fold(self.simplified(word.text))}" if place else fold(self.simplified(word.text))
                    self._entry_once(names, key_, entry, word, f"name '{shown(word.text)}'")
                    if (meant := taken.get(key_)) and not (_said_by(entry) & meant or (_handled(entry) and not own)):
                        known = ", ".join(f"'{one}'" for one in sorted(meant))
                        record.issue(word.mark, f"name '{shown(word.text)}' is taken: it means {known}")
            if not listed:
                record.issue(record.mark, f"{record.what}: neither a code nor a name; expected at least one")
            record.finish()
        by_system: dict[str, list[tuple[str, CodeEntry]]] = {}
        for (system, prefix), entry in sorted(prefixes.items(), key=lambda item: (-len(item[0][1]), item[0])):
            by_system.setdefault(system, []).append((prefix, entry))
        return CodeTable(codes, {system: tuple(found) for system, found in by_system.items()}, names)

    def _named(self, table: str, record: Record, entry: CodeEntry, taken: Collection[str], own: bool) -> list[Scalar]:
        """Return the names of a row. Those of single drugs stand in drugs.yaml; a site adds to them.

        What is read as a drug of the vocabulary by its words (``taken`` are the names themselves) is no other name.
        """
        if table == "drugs" and "group" not in entry.means and not own:
            return []
        named = list(record.scalars("names"))
        for word in named if table == "drugs" and own else ():
            name = self.simplified(word.text)
            known = () if fold(name) in taken else printed_names(self._vocabulary).read(name).drugs
            if known and known != entry.means.get("drug"):
                means = ", ".join(f"'{one}'" for one in known)
                record.issue(word.mark, f"name '{shown(word.text)}' is taken: it is read as {means}")
        return named

    def simplified(self, name: str) -> str:
        """Return a name as records are read: in simplified characters."""
        characters = self._vocabulary.printed.traditional
        return "".join(characters.get(character, character) for character in name)

    def _words_taken(self, table: str) -> Mapping[str, Set[str]]:
        """Return the names that mean something by the vocabulary alone: facts, members of value sets, drugs.

        Records are read by them as well; a row that gave one another meaning would change what a result is of.
        """
        found: dict[str, set[str]] = {}
        if table == "observations":
            for name, field in self._vocabulary.fields.items():
                if field.world not in ("derived", "policy") and name.split(".")[0] not in self._vocabulary.lists:
                    for word in (field.label.zh, field.label.en, *field.synonyms):
                        found.setdefault(fold(word), set()).add(name)
        elif table == "answers":
            for place, values in self._vocabulary.value_sets.items():
                for member in values.members.values():
                    for word in (member.code, member.label.zh, member.label.en, *member.synonyms):
                        found.setdefault(f"{place}|{fold(word)}", set()).add(member.code)
        elif table == "drugs":
            for drug in self._vocabulary.drugs.values():
                for word in drug.names:
                    found.setdefault(fold(word), set()).add(drug.code)
        return found

    def _of_vocabulary(
        self, codes: dict[tuple[str, str], CodeEntry], prefixes: dict[tuple[str, str], CodeEntry]
    ) -> None:
        """Add the codes that the vocabulary's drugs have themselves."""
        for drug in self._vocabulary.drugs.values():
            entry = CodeEntry({"drug": (drug.code,)}, ("seen",), drug.mark)
            for system, listed in drug.codes.items():
                for code in listed:
                    (prefixes if code.endswith("*") else codes)[system, code.removesuffix("*")] = entry

    def _entry(self, table: str, record: Record) -> CodeEntry:
        means: dict[str, tuple[str, ...]] = {}
        inner = record.record("means", required=True)
        if inner is not None:
            for key, known in _MEANINGS[table].items():
                if key in inner.names():
                    means[key] = tuple(self._words(inner, key, tuple(known(self._vocabulary))))
            inner.finish()
            if not means:
                inner.issue(inner.mark, f"{inner.what}: nothing is meant; known here: {', '.join(_MEANINGS[table])}")
        seen = tuple((record.optional_text("seen") or "").split())
        for word in seen:
            if word not in self._sources:
                record.issue(
                    record.mark, f"{record.what}: 'seen' cannot be '{shown(word)}'{suggestion(word, self._sources)}"
                )
        record.optional_text("note")
        return CodeEntry(means, seen, record.mark)

    def _words(self, record: Record, key: str, known: tuple[str, ...]) -> Iterator[str]:
        node = record.node(key)
        found = (node,) if isinstance(node, Scalar) else record.scalars(key)
        if not found and key not in _NO_WORDS:
            record.issue(record.mark, f"{record.what}: '{key}' is empty")
        for word in found:
            if word.text not in known:
                hint = suggestion(word.text, known)
                record.issue(word.mark, f"{record.what}: '{key}' cannot be '{shown(word.text)}'{hint}")
            yield word.text

    def _entry_once(self, taken: dict[Any, CodeEntry], key: Any, entry: CodeEntry, scalar: Scalar, what: str) -> None:
        other = taken.setdefault(key, entry)
        if other is not entry:
            mark, first = scalar.mark, other.mark
            said = "means the same already" if other.means == entry.means else "means something else"
            line = first.line if first else 1
            where = f"on line {line}" if first is None or first.path == mark.path else f"in {first.path}:{line}"
            self._files.issues.append(mark.issue(f"{what} stands twice; {where} it {said}"))


def _said_by(entry: CodeEntry) -> Set[str]:
    """Return the facts, members or drugs that an entry may say the vocabulary's own name of."""
    return {word for key in ("facts", "code", "drug") for word in entry.means.get(key, ())}


def _handled(entry: CodeEntry) -> bool:
    """Tell whether code reads what the entry's names stand for in a way of its own (``lvef``: with its day)."""
    return "special" in entry.means


def _places(answer: CodeEntry) -> tuple[str, ...]:
    """Return what an answer answers for: value sets, facts that hold a number, or every fact that is true or false."""
    return answer.means.get("value_sets") or answer.means.get("facts") or ("truth",)
