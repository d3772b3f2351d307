"""Which drug a Medication is: by code, by name without its form and strength, or one the vocabulary lacks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds_api.fhir.concepts import Disagreement, meaning
from oncocds_api.fhir.elements import Concept

_PARENTHESES = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_STRENGTH = re.compile(
    r"\d+(?:\.\d+)?\s*(?:mg|g|ug|μg|mcg|ml|l|iu|unt|u|%|毫克|微克|毫升|克|万单位|单位)(?![a-z])"
    r"(?:\s*/\s*(?:\d+(?:\.\d+)?\s*)?(?:mg|g|ml|l|h|支|片|粒|瓶|毫升|actuat)(?![a-z]))?"
)
_BIOSIMILAR = re.compile(r"-[a-z]{4}$")
_NOT_IN_IDS = re.compile(r"[^\w.]+")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class DrugName:
    """A drug of the vocabulary by its code; or ``other`` with a name and, where a group tells, its classes."""

    drug: str | None
    name: str | None = None
    classes: tuple[str, ...] | None = None

    @property
    def stem(self) -> str:
        """The beginning of an id for a list item about this drug."""
        if self.drug != "other":
            return self.drug or "unnamed"
        stem = _NOT_IN_IDS.sub("-", self.name or "").strip("-.")[:40]
        if stem and stem == self.name:
            return stem
        return f"{stem or 'drug'}-{hashlib.sha256((self.name or '').encode()).hexdigest()[:6]}"


def drug_of(concept: Concept, vocabulary: Vocabulary, codes: CodeTables) -> DrugName | None:
    """Return which drug a concept names, None where it names none. Raises ``Disagreement``."""
    named = {found for word in concept.words() if (found := drug_named(word, vocabulary, codes)) is not None}
    if len(named) > 1:
        raise Disagreement
    coded = meaning(Concept(concept.codings, None), codes.drugs, codes)
    drug = coded.one("drug") if coded is not None else None
    if drug is not None and named and named != {drug}:
        raise Disagreement
    if drug is not None or named:
        return DrugName(drug or named.pop())
    name = next((clean for word in (*_displays(concept), concept.text or "") if (clean := _clean(word))), None)
    if name is None:
        name = next(
            (coding.code for coding in concept.codings if coding.code is not None and _clean(coding.code)), None
        )
    if name is None:
        return None
    return DrugName("other", name, coded.means.get("classes") if coded is not None else None)


def drug_named(word: str, vocabulary: Vocabulary, codes: CodeTables) -> str | None:
    """Return the drug that a name names, once form, strength, brand in brackets and biosimilar suffix are taken off."""
    known = _names(vocabulary)
    for form in _plain_forms(word, codes):
        found = known.get(form)
        if found is None and (entry := codes.drugs.by_name(form)) is not None:
            found = entry.one("drug")
        if found is not None:
            return found
    return None


def _plain_forms(word: str, codes: CodeTables) -> Iterator[str]:
    folded = fold(word)
    yield folded
    bare = _STRENGTH.sub(" ", _PARENTHESES.sub(" ", folded))
    for form in codes.forms:
        # Words of Latin letters end at a blank; Chinese ones do not.
        bare = re.sub(rf"\b{re.escape(form)}\b" if form.isascii() else re.escape(form), " ", bare)
    bare = " ".join(bare.replace(",", " ").split())
    yield bare
    yield bare.replace(" ", "") if not bare.isascii() else bare
    yield _BIOSIMILAR.sub("", bare)


_KNOWN: dict[int, tuple[Vocabulary, dict[str, str]]] = {}


def _names(vocabulary: Vocabulary) -> dict[str, str]:
    made = _KNOWN.get(id(vocabulary))
    if made is None:
        names = {
            fold(word): drug.code
            for drug in vocabulary.drugs.values()
            if drug.code != "other"
            for word in (drug.code, drug.label.zh, drug.label.en, *drug.synonyms)
        }
        made = _KNOWN[id(vocabulary)] = (vocabulary, names)
    return made[1]


def _displays(concept: Concept) -> Iterator[str]:
    yield from (coding.display for coding in concept.codings if coding.display is not None)


def _clean(word: str) -> str | None:
    clean = " ".join("".join(c if c.isprintable() else " " for c in word).split())[:_LONGEST_NAME].strip()
    return clean or None
