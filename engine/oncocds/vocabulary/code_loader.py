"""Reads ``rules/vocabulary/codes``: every entry checked where it stands, against the vocabulary and its neighbours."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.marks import Mark
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.reading.traps import shown
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.code_files import SHOWN, CodeFiles
from oncocds.vocabulary.code_rows import CodeRows, SiteDrug
from oncocds.vocabulary.code_tables import (
    AGAINST,
    IN_WORDS,
    MESSAGES,
    PHRASES,
    STATUSES,
    TABLES,
    ClassCodes,
    CodeEntry,
    CodeTable,
    CodeTables,
    Gap,
    Message,
    Severity,
)
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.prepared import prepared

_FILES = (*TABLES, "drug_classes", "therapies", "systems", "units", "messages", "sources", "phrases")
_FINDABLE = re.compile(
    r"[\w.-]+/[\w.-]+|https?://\S+"
)  # where a reader can look it up: a public repository or an address


def load_codes(directory: Path, vocabulary: Vocabulary, overlay: Path | None = None) -> CodeTables:
    """Read the code tables, with what a site adds to them. Raises ``KnowledgeError`` with every issue's place.

    ``overlay`` is a YAML file with the tables' names as keys, each with rows as the table has them: codes and names of
    the site's own, URIs of code systems (``systems``), ways of writing units (``units``). It adds and never changes: a
    code or name that means something already cannot mean something else. Its rows need no ``seen``.
    """
    return read_codes(directory, vocabulary, overlay)[0]


def read_codes(
    directory: Path, vocabulary: Vocabulary, overlay: Path | None
) -> tuple[CodeTables, tuple[SiteDrug, ...]]:
    """Read the same, and beside it what the overlay says of drugs. Raises ``KnowledgeError``."""
    read = _Reading(directory, vocabulary, overlay)
    systems = read.systems()
    tables = {name: read.rows.table(name, set(systems.values())) for name in TABLES}
    spellings, units = read.units()
    classes, messages = read.drug_classes(), read.messages()
    gaps, combinations, one_product, in_words = read.therapies()
    phrases = read.phrases()
    read.strays()
    if read.issues:
        raise KnowledgeError(sorted(read.issues, key=lambda issue: (issue.path, issue.line, issue.column)))
    said = {
        "systems": systems,
        "tables": {name: _said(table) for name, table in tables.items()},
        "units": [spellings, units],
        "classes": {name: dataclasses.asdict(one) for name, one in classes.items()},
        "therapies": [
            {name: dataclasses.asdict(one) for name, one in gaps.items()},
            combinations,
            one_product,
            in_words,
        ],
        "phrases": phrases,
    }
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
    tables_ = CodeTables(
        systems=systems,
        spellings=spellings,
        units=units,
        classes=classes,
        gaps=gaps,
        combinations=combinations,
        one_product=one_product,
        phrases=phrases,
        in_words=in_words,
        messages=messages,
        digest=digest,
        **tables,
    )
    return tables_, tuple(read.rows.site_drugs)


@cache
def bundled_codes() -> CodeTables:
    """Return the bundled code tables; read once."""
    home = bundled_knowledge() / "rules" / "vocabulary" / "codes"
    return prepared("codes", lambda: load_codes(home, bundled_vocabulary()))


def _said(table: CodeTable) -> Any:
    def entry(one: CodeEntry) -> Any:
        return {f.name: getattr(one, f.name) for f in dataclasses.fields(one) if f.name != "mark"}

    return {
        "codes": {"|".join(key): entry(one) for key, one in table.codes.items()},
        "prefixes": {s: [(prefix, entry(one)) for prefix, one in found] for s, found in table.prefixes.items()},
        "names": {name: entry(one) for name, one in table.names.items()},
    }


class _Reading:
    """The folder being read; ``issues`` gathers everything wrong in any of its files."""

    def __init__(self, directory: Path, vocabulary: Vocabulary, overlay: Path | None) -> None:
        self.issues: list[Issue] = []
        self._files = CodeFiles(directory, overlay, self.issues)
        self._vocabulary = vocabulary
        self.rows = CodeRows(self._files, vocabulary, self._sources())

    def _sources(self) -> tuple[str, ...]:
        """Read the public files that codes were seen in: their short names."""
        found = []
        for record in self._files.mapping("sources"):
            found.append(record.what)
            if not _FINDABLE.fullmatch(where := record.text("where")):
                record.issue(
                    record.mark, f"{record.what}: 'where' cannot be '{shown(where)}'; owner/name or an address"
                )
            record.text("what")
            record.finish()
        return tuple(found)

    def systems(self) -> dict[str, str]:
        """Read the code systems: short name by URI."""
        found: dict[str, str] = {}
        for record in self._files.mapping("systems"):
            for uri in record.scalars("uris", required=True):
                self._once(found, uri.text, record.what, uri.mark, "URI")
            record.finish()
        if "local" not in found.values():
            self.issues.append(Issue(f"{SHOWN}/systems.yaml", 1, 1, "the system 'local' is missing; it is required"))
        return found

    def units(self) -> tuple[dict[str, str], dict[str, dict[str, float]]]:
        """Read spellings of UCUM units, and the factors of facts that are no laboratory results."""
        spellings: dict[str, str] = {}
        factors: dict[str, dict[str, float]] = {}
        known = {unit for quantity in self._vocabulary.quantities.values() for unit in quantity.factors}
        records_ = list(self._files.mapping("units"))
        for record in records_:
            inner = record.record("factors")
            if inner is not None:
                factors[record.what] = {unit: inner.number(unit) for unit in inner.names()}
                known |= set(factors[record.what])
        for record in records_:
            if record.what not in known:
                record.issue(record.mark, f"{record.what}: no fact has this unit{suggestion(record.what, known)}")
            for spelling in record.scalars("spellings"):
                if spelling.text in known - {record.what}:
                    record.issue(spelling.mark, f"spelling '{shown(spelling.text)}' is taken: it is a unit itself")
                self._once(spellings, self.rows.simplified(spelling.text), record.what, spelling.mark, "spelling")
            record.finish()
        return spellings, factors

    def drug_classes(self) -> dict[str, ClassCodes]:
        """Read what ATC codes say of the classes of drugs; every class is there."""
        known = self._vocabulary.value_sets["drug_class"].members
        found: dict[str, ClassCodes] = {}
        for record in self._files.mapping("drug_classes"):
            if record.what not in known:
                record.issue(record.mark, f"{record.what}: no class of drugs{suggestion(record.what, known)}")
            has, may = record.texts("has", required=True), record.texts("may")
            found[record.what] = ClassCodes(has, may, record.boolean("complete"))
            record.finish()
        if missing := [name for name in known if name not in found]:
            message = f"nothing is said of: {', '.join(missing)}"
            self.issues.append(Issue(f"{SHOWN}/drug_classes.yaml", 1, 1, message))
        return found

    def phrases(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Read the parts that diagnoses are written with: words by what they are, and by what they are said of."""
        types = (
            *self._vocabulary.value_sets["tumour_type"].members,
            *self._vocabulary.value_sets["laterality"].members,
        )
        labs = (path.removeprefix("labs.") for path in self._vocabulary.fields if path.startswith("labs."))
        tests = ("lvef", *(path.removesuffix(".value") for path in labs if path.endswith(".value")))
        of = {"statuses": ("status", STATUSES), "results": ("test", tests), "against": ("kind of word", AGAINST)}
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for record in self._files.mapping("phrases"):
            if record.what not in PHRASES:
                record.issue(record.mark, f"unknown key '{shown(record.what)}'{suggestion(record.what, PHRASES)}")
            what, known = of.get(record.what, ("type of tumour", ("any", "certain", *types)))
            for name in record.names():
                if name not in known:
                    place = record.mark_of(name)
                    record.issue(place, f"{record.what}: no {what} '{shown(name)}'{suggestion(name, known)}")
            found[record.what] = {name: record.texts(name) for name in record.names()}
            record.finish()
        return found

    def therapies(
        self,
    ) -> tuple[dict[str, Gap], dict[str, tuple[str, ...]], dict[str, str], dict[str, tuple[str, ...]]]:
        """Read how far apart records of one therapy lie, which products are two drugs and which names one product.

        And by which words a drug is not in use.
        """
        node = self._files.node("therapies")
        outer = None if node is None else Record(node, self.issues, "therapies")
        gaps = outer.record("gaps", required=True) if outer is not None else None
        found: dict[str, Gap] = {}
        for name in gaps.names() if gaps is not None else ():
            one = gaps.record(name) if gaps is not None else None
            if one is None:
                continue
            if name not in ("any", "radiotherapy", *self._vocabulary.drugs):
                one.issue(one.mark, f"{name}: no drug{suggestion(name, self._vocabulary.drugs)}")
            found[name] = Gap(one.integer("usual"), one.integer("longest"), one.text("source"))
            if not 0 < found[name].usual <= found[name].longest:
                one.issue(one.mark, f"{name}: 'usual' and 'longest' are days; expected 0 < usual <= longest")
            one.finish()
        for name in ("any", "radiotherapy"):
            if name not in found:
                self.issues.append(Issue(f"{SHOWN}/therapies.yaml", 1, 1, f"gaps: '{name}' is missing"))
        combinations: dict[str, tuple[str, ...]] = {}
        parts = outer.record("combinations") if outer is not None else None
        for name in parts.names() if parts is not None else ():
            combinations[name] = parts.texts(name, required=True) if parts is not None else ()
            for drug in (name, *combinations[name]):
                if parts is not None and drug not in self._vocabulary.drugs:
                    parts.issue(parts.mark, f"{drug}: no drug{suggestion(drug, self._vocabulary.drugs)}")
        one_product = self._one_product(outer.record("one_product") if outer is not None else None)
        words = outer.record("in_words", required=True) if outer is not None else None
        in_words = {kind: tuple(map(fold, words.texts(kind, required=True))) for kind in IN_WORDS if words is not None}
        for record in (gaps, words, outer):
            if record is not None:
                record.finish()
        return found, combinations, one_product, in_words

    def _one_product(self, record: Record | None) -> dict[str, str]:
        """Read the names of one product: by each folded name the one that stands for all of them."""
        found: dict[str, str] = {}
        if record is None:
            return found
        drugs = {fold(name): drug.code for drug in self._vocabulary.drugs.values() for name in drug.names}
        for product in record.names():
            one = record.record(product, required=True)
            if one is None:
                continue
            one.text("source")
            for name in (product, *one.texts("names", required=True)):
                known = drugs.get(fold(name))
                if known is None:
                    record.issue(record.mark, f"{name}: no name of a drug{suggestion(fold(name), drugs)}")
                elif known != drugs.get(fold(product)):
                    record.issue(record.mark, f"{name}: another drug than {product}")
                found[fold(name)] = fold(product)
            one.finish()
        record.finish()
        return found

    def messages(self) -> dict[str, dict[str, Message]]:
        """Read the words of a mapping's report."""
        found: dict[str, dict[str, Message]] = {part: {} for part in MESSAGES}
        node = self._files.node("messages")
        outer = None if node is None else Record(node, self.issues, "messages")
        for part in MESSAGES:
            inner = outer.record(part, required=True) if outer is not None else None
            for name in inner.names() if inner is not None else ():
                one = inner.record(name) if inner is not None else None
                if one is not None:
                    found[part][name] = Message(one.choice("severity", get_args(Severity)), one.words())
                    one.finish()
        if outer is not None:
            outer.finish()
        return found

    def strays(self) -> None:
        """Refuse files that nobody would read."""
        self._files.strays(_FILES)

    def _once(self, taken: dict[str, str], key: str, value: str, mark: Mark, what: str) -> None:
        other = taken.setdefault(key, value)
        if other != value:
            self.issues.append(mark.issue(f"{what} '{shown(key)}' is taken: it means '{other}'"))
