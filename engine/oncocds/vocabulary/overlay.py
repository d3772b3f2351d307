"""A site's overlay becomes part of the vocabulary: its names of drugs are names, its own drugs are drugs.

Everything that asks the vocabulary for drugs knows them from then on. What a name means already it goes on meaning.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.traps import shown
from oncocds.text import Text
from oncocds.vocabulary.code_loader import read_codes
from oncocds.vocabulary.code_rows import SiteDrug
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.drug_classes import with_implied
from oncocds.vocabulary.models import Drug, Member, Vocabulary
from oncocds.vocabulary.printed_names import printed_names
from oncocds.vocabulary.site import SiteVocabulary


def with_overlay(vocabulary: Vocabulary, directory: Path, overlay: Path, codes: CodeTables) -> Vocabulary:
    """Return a vocabulary with what a site adds to it.

    ``directory`` holds the code tables, ``codes`` are those without the overlay. Where it says nothing the vocabulary
    is returned as it is. Raises ``KnowledgeError`` with every issue's place in the overlay.
    """
    tables, rows = read_codes(directory, vocabulary, overlay)
    if tables.digest == codes.digest:
        return vocabulary
    drugs = {**vocabulary.drugs}
    for row in rows:
        drugs[row.code] = _drug(row, drugs.get(row.code), vocabulary)
    changed = tuple(one for code, one in drugs.items() if vocabulary.drugs.get(code) != one)
    known = vocabulary.value_sets["drug"]
    members = {**known.members, **{one.code: Member(one.code, one.label, named=one.named) for one in changed}}
    site = SiteVocabulary(
        **{field.name: getattr(vocabulary, field.name) for field in dataclasses.fields(Vocabulary)}
        | {
            "drugs": drugs,
            "value_sets": {**vocabulary.value_sets, "drug": dataclasses.replace(known, members=members)},
        },
        base=vocabulary,
        tables=tables,
    )
    if issues := list(_misread(rows, vocabulary, site)):
        raise KnowledgeError(sorted(issues, key=lambda issue: (issue.path, issue.line, issue.column)))
    return site


def _drug(row: SiteDrug, known: Drug | None, vocabulary: Vocabulary) -> Drug:
    """Return the drug of a row: one that is known, with more names; or one of the site's own."""
    names = [name.text for name in row.names]
    if known is not None:
        more = (name for name in names if name not in known.names)
        return dataclasses.replace(known, synonyms=(*known.synonyms, *more))
    latin = next((name for name in names if name.isascii()), names[0])
    classes = with_implied(row.means["classes"], vocabulary.implied_classes)
    more = (name for name in names[1:] if name != latin)
    return Drug(row.code, Text(names[0], latin), classes, tuple(more), mark=row.names[0].mark)


def _misread(rows: Iterable[SiteDrug], base: Vocabulary, site: Vocabulary) -> Iterator[Issue]:
    """Yield the names that would not be read as their drug, or that stand around the names of all drugs."""
    before, after = printed_names(base), printed_names(site)
    for row in rows:
        for name in row.names:
            said = f"name '{shown(name.text)}'"
            if (meant := after.names.get(after.clean(name.text))) != row.code:
                yield name.mark.issue(f"{said} is taken: once cleaned it means '{meant}'")
            elif before.is_around(name.text):
                yield name.mark.issue(f"{said} cannot be a name: it is printed beside the names of drugs")
            elif after.drug(f"{name.text} 1 mg") != row.code:
                yield name.mark.issue(f"{said} is not read as this drug beside a strength; expected another name")
