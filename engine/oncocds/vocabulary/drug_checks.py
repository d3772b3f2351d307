"""No two drugs share a name or a code, and every name of a drug is read as that drug: what ``oncocds check`` looks at.

Loading does not: it would take as long as a good part of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.reading.marks import issue_in
from oncocds.vocabulary.models import Drug, Vocabulary
from oncocds.vocabulary.printed_names import names_of, printed_names

_DRUGS = "rules/vocabulary/drugs.yaml"


def drug_issues(vocabulary: Vocabulary) -> Iterator[Issue]:
    """Yield what is wrong with the names and codes of drugs."""
    yield from _names(vocabulary)
    yield from _codes(vocabulary)


def _names(vocabulary: Vocabulary) -> Iterator[Issue]:
    """A name means one drug, however it is printed."""
    names = printed_names(vocabulary)
    for code, name in names_of(vocabulary):
        drug, meant = vocabulary.drugs[code], names.names[names.clean(name)]
        if meant != code:
            yield _at(drug, f"the name '{name}' is taken: once cleaned it means '{meant}'")
        elif (inside := names.inside(name)).one not in (code, None, *drug.of) and inside.whole:
            yield _at(drug, f"the name '{name}' is taken: without what is printed around it means '{inside.one}'")
        elif names.drug(f"{name} 1 mg") != code:
            yield _at(drug, f"the name '{name}' is not read as this drug: it holds a word of printed.yaml")


def _codes(vocabulary: Vocabulary) -> Iterator[Issue]:
    """A code means one drug; a whole group holds no other drug's code."""
    coded = [
        (drug, system, code)
        for drug in vocabulary.drugs.values()
        for system, codes in drug.codes.items()
        for code in codes
    ]
    groups = [(drug, system, code[:-1]) for drug, system, code in coded if code.endswith("*")]
    taken: dict[tuple[str, str], Drug] = {}
    for drug, system, code in coded:
        first = taken.setdefault((system, code), drug)
        others = [first, *(one for one, of, group in groups if of == system and code.startswith(group))]
        other = next((one for one in others if one is not drug), None)
        if other is not None:
            yield _at(drug, f"the {system} code {code} is taken: it means '{other.code}'")


def _at(drug: Drug, message: str) -> Issue:
    return issue_in(drug.mark.path if drug.mark else _DRUGS, drug.mark, f"{drug.code}: {message}")
