"""JSON of a FHIR resource, read only where the mapping looks: a wrong type is a problem with its place.

What a record says in traditional characters is read in simplified ones (``Element``), so that whoever compares words
need not think of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from oncocds.errors import InputError, Problem

# What kind of thing a concept of SNOMED CT is, behind its name: "Bone pain (finding)".
_TAG = re.compile(
    r"\s*\((?:disorder|finding|procedure|regime/therapy|body structure|qualifier value|observable entity|situation|"
    r"event|morphologic abnormality|substance|product|medicinal product|medicinal product form|clinical drug|disease|"
    r"tumor staging|staging scale|physical object|record artifact|attribute|cell structure)\)\s*$"
)


# What names a thing for machines is told apart as it is written.
_AS_WRITTEN = ("reference", "id", "url", "system")


class Characters(dict[int, str]):
    """For each traditional character its simplified form, as ``str.translate`` takes it."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        super().__init__(str.maketrans(dict(forms)))
        self._any = re.compile(f"[{re.escape(''.join(forms))}]" if forms else r"(?!)")

    def simplify(self, text: str) -> str:
        """Return a text in simplified characters; most are written in them, which is found out quickly."""
        return text if text.isascii() or self._any.search(text) is None else text.translate(self)


_NONE = Characters({})


class Coding(NamedTuple):
    """A code of a system, by the system's URI; any part may be missing."""

    system: str | None
    code: str | None
    display: str | None


class Concept(NamedTuple):
    """A CodeableConcept: its codings and its text; ``written`` is its first name where that is written otherwise."""

    codings: tuple[Coding, ...]
    text: str | None
    written: str | None = None

    @property
    def first_coding(self) -> Coding | None:
        """The first of its codings, which stands for it in the report."""
        return self.codings[0] if self.codings else None

    def words(self) -> Iterator[str]:
        """Yield what people may read: the text first, then the displays, without SNOMED CT's semantic tags."""
        for word in (self.text, *(coding.display for coding in self.codings)):
            if word is not None:
                yield (_TAG.sub("", word) or word) if ")" in word else word


NO_CONCEPT = Concept((), None)


class Element:
    """An object of a resource, with its JSON pointer. Reading a wrong type raises ``InputError``; null is absent.

    ``simplified`` are the characters that its texts are read in, and those of what stands within it; ``concepts`` what
    was read already of what stands under some keys.
    """

    __slots__ = ("_concepts", "_data", "dates", "pointer", "simplified")

    def __init__(
        self, data: Any, pointer: str, simplified: Characters = _NONE, concepts: Mapping[str, Concept] | None = None
    ) -> None:
        if type(data) is not dict and not isinstance(data, Mapping):  # the first is quick
            raise wrong(pointer, "not an object", "a JSON object")
        self._data: Mapping[str, Any] = data
        self._concepts = concepts  # read so far, of this one or of its kind: some are asked for again and again
        self.dates: dict[str, Any] | None = None  # as well, by ``read_when``
        self.simplified = simplified
        self.pointer = pointer

    def has(self, key: str) -> bool:
        """Tell whether something stands under a key."""
        return self._data.get(key) is not None

    def has_choice(self, stem: str) -> bool:
        """Tell whether one of the types of a choice stands there: ``value`` as ``valueQuantity``."""
        for key, value in self._data.items():  # noqa: SIM110 - faster than any()
            if value is not None and key.startswith(stem):
                return True
        return False

    def choices(self, stem: str) -> list[str]:
        """Return the keys of a choice that stand there: one, where the record is as FHIR has it."""
        return [key for key, value in self._data.items() if value is not None and key.startswith(stem)]

    def listed(self, key: str) -> list[Element]:
        """Return the objects under a key that holds one or a list, as the type of resource has it."""
        value = self._data.get(key)
        if value is None:
            return []
        return self.elements(key) if isinstance(value, list) else [self._within(value, key)]

    def raw(self) -> Mapping[str, Any]:
        """Return the JSON itself."""
        return self._data

    def text(self, key: str) -> str | None:
        """Return a text that is not blank, or None."""
        found = self._data.get(key)
        if found is None:  # as of most keys that are looked for
            return None
        if type(found) is str and found.isascii():  # as most texts: it has one form
            return found if found.strip() else None
        value = self.as_written(key)
        return value if value is None or key in _AS_WRITTEN else self.simplified.simplify(value)

    def as_written(self, key: str) -> str | None:
        """Return a text that is not blank, or None, in the characters of the record: to be shown, not compared."""
        value = self._data.get(key)
        if value is None:
            return None
        if type(value) is not str and not isinstance(value, str):  # the first is quick
            raise wrong(f"{self.pointer}/{key}", "wrong type", "text")
        return value if value.strip() else None

    def named(self, key: str) -> Concept:
        """Return a text as a concept without a code; one without anything where there is none."""
        return _in(self.simplified, Concept((), self.as_written(key)))

    def boolean(self, key: str) -> bool | None:
        """Return true or false, or None."""
        value = self._data.get(key)
        if value is not None and not isinstance(value, bool):
            raise wrong(f"{self.pointer}/{key}", "wrong type", "true or false")
        return value

    def number(self, key: str) -> int | float | None:
        """Return a number, or None."""
        value = self._data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(f"{self.pointer}/{key}", "wrong type", "a number")
        return value

    def element(self, key: str) -> Element | None:
        """Return an object, or None."""
        value = self._data.get(key)
        return None if value is None else Element(value, f"{self.pointer}/{key}", self.simplified)

    def elements(self, key: str) -> list[Element]:
        """Return a list of objects, empty where there is none."""
        value = self._data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong(f"{self.pointer}/{key}", "wrong type", "a list")
        return [self._within(item, f"{key}/{index}") for index, item in enumerate(value)]

    def _within(self, data: Any, key: str) -> Element:
        return Element(data, f"{self.pointer}/{key}", self.simplified)

    def concept(self, key: str) -> Concept:
        """Return a CodeableConcept; one without anything where there is none."""
        found = self._data.get(key)
        if found is None:
            return NO_CONCEPT
        known = self._concepts
        if known is not None and key in known:
            return known[key]
        concept = _plain_concept(found, self.simplified) or concept_of(self._within(found, key))
        self._concepts = {key: concept} if known is None else {**known, key: concept}
        return concept

    def concepts(self, key: str) -> list[Concept]:
        """Return a list of CodeableConcepts; a single one, as FHIR 3.0 has some, is a list of one."""
        return [concept_of(found) for found in self.listed(key)]

    def reference(self, key: str) -> str | None:
        """Return the text of a Reference, or None."""
        found = self.element(key)
        return None if found is None else found.text("reference")

    def extensions(self, name: str) -> list[Element]:
        """Return the extensions whose URL is, or ends in, a name."""
        found: list[Element] = []
        if "extension" not in self._data:
            return found
        for extension in self.elements("extension"):
            url = extension.text("url") or ""
            if url == name or url.endswith("/" + name):
                found.append(extension)
        return found


def objects_in(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list, or the one that stands in its place, in JSON that nothing has checked."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]


def wrong(pointer: str, reason: str, expected: str) -> InputError:
    """Return the error for one place."""
    return InputError([Problem(pointer, reason, expected)])


def _plain_concept(data: Any, simplified: Characters) -> Concept | None:
    """Read a CodeableConcept as nearly all are written; None for what is to be read with its places."""
    if type(data) is not dict:
        return None
    text, listed = data.get("text"), data.get("coding")
    if (text is not None and type(text) is not str) or (listed is not None and type(listed) is not list):
        return None
    codings = []
    is_ascii = text is None or text.isascii()
    for one in listed or ():
        if type(one) is not dict:
            return None
        coding = Coding(one.get("system"), one.get("code"), one.get("display"))
        for word in coding:
            if word is not None and (type(word) is not str or not word or word.isspace()):
                return None
        is_ascii = is_ascii and (coding.display is None or coding.display.isascii())
        codings.append(coding)
    concept = Concept(tuple(codings), text if text is not None and text.strip() else None)
    return concept if is_ascii else _in(simplified, concept)


def concept_of(found: Element) -> Concept:
    """Read an object as a CodeableConcept."""
    plain = _plain_concept(found.raw(), found.simplified)
    if plain is not None:
        return plain
    codings = tuple(
        Coding(coding.text("system"), coding.as_written("code"), coding.as_written("display"))
        for coding in found.elements("coding")
    )
    return _in(found.simplified, Concept(codings, found.as_written("text")))


def _in(simplified: Characters, concept: Concept) -> Concept:
    """Return a concept whose names are written in simplified characters."""
    if _stays(concept.text, simplified) and all(_stays(one.display, simplified) for one in concept.codings):
        return concept
    codings = tuple(
        one if one.display is None else one._replace(display=simplified.simplify(one.display))
        for one in concept.codings
    )
    plain = Concept(codings, None if concept.text is None else simplified.simplify(concept.text))
    names = (*(one.display for one in concept.codings), concept.text)
    return plain._replace(written=next(name for name in names if name is not None))


def _stays(word: str | None, simplified: Characters) -> bool:
    return word is None or simplified.simplify(word) == word
