"""A vocabulary with what a site adds to it: names of drugs, drugs of its own, and its code tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oncocds.vocabulary.drug_classes import OTHER
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Drug, Vocabulary

if TYPE_CHECKING:
    from oncocds.vocabulary.code_tables import CodeTables


@dataclass(frozen=True)
class SiteVocabulary(Vocabulary):
    """A site's vocabulary; ``base`` is the one it adds to, ``tables`` are the code tables of one reading with it."""

    base: Vocabulary | None = None
    tables: CodeTables | None = None


def base_of(vocabulary: Vocabulary) -> Vocabulary:
    """Return a vocabulary without what a site added."""
    base = vocabulary.base if isinstance(vocabulary, SiteVocabulary) else None
    return vocabulary if base is None else base


def site_codes(vocabulary: Vocabulary) -> CodeTables | None:
    """Return the code tables that a site's vocabulary was read with, None for another vocabulary."""
    return vocabulary.tables if isinstance(vocabulary, SiteVocabulary) else None


@once
def own_drugs(vocabulary: Vocabulary) -> Mapping[str, Drug]:
    """Return the drugs that are a site's own, by what they are called."""
    if not isinstance(vocabulary, SiteVocabulary):
        return {}
    known = base_of(vocabulary).drugs
    return {code: drug for code, drug in vocabulary.drugs.items() if code not in known}


def drug_told(drug: str | None, name: str | None, vocabulary: Vocabulary) -> Drug | None:
    """Return the drug that a record tells otherwise than by its code in the vocabulary that is shipped.

    That is a site's own by its code, or any by one of its names, where it is given as ``other`` or by its name alone.
    """
    if drug in (None, OTHER) and name is not None:
        from oncocds.vocabulary.printed_names import printed_names  # few profiles need it

        return vocabulary.drugs.get(printed_names(vocabulary).drug(name) or "")
    return own_drugs(vocabulary).get(drug or "")
