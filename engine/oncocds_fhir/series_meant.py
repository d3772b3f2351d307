"""Which series of the history a record could be a result of: by its codes, its words, or the unit of its value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from oncocds.profile.history import LVEF
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold, one_of
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Concept, Element
from oncocds_fhir.gathering import Gathering, series_of_facts
from oncocds_fhir.measures import Unusable, accepted, known_unit, unit_of, written

NO_TEST = ("beside", "elsewhere")
"""What the table of observations calls parts of names."""


def could_be(part: Element, gathering: Gathering) -> frozenset[str]:
    """Return the series that an Observation, or a component of one, could be a result of. Raises ``InputError``."""
    code = part.concept("code")
    found = gathering.memory.once("series", code, lambda: _said(code, gathering))
    return frozenset(_by_unit(part, gathering)) if found is None else found


def series_of_result(facts: Iterable[str], part: Element, gathering: Gathering) -> set[str]:
    """Return the series that a result of some facts is of, with those that single codes of it mean."""
    series = series_of_facts(gathering.vocabulary)
    return {series[fact] for fact in facts if fact in series} | could_be(part, gathering)


def could_be_any(observation: Element, gathering: Gathering) -> frozenset[str]:
    """Return the series that an Observation or a component of it could be a result of. Raises ``InputError``."""
    parts = (observation, *observation.elements("component"))
    return frozenset(name for part in parts for name in could_be(part, gathering))


def named_series(part: Element, gathering: Gathering) -> frozenset[str]:
    """Return the series that the words of an unknown result name and its value, by unit and size, may be of."""
    code = part.concept("code")
    named = gathering.memory.once("named series", code, lambda: series_in(code.words(), gathering))
    return named & frozenset(_by_unit(part, gathering)) if named else named


def apart(code: Concept) -> Iterator[Concept]:
    """Yield a concept and each of its parts alone: where they disagree, it may be any of them."""
    yield code
    if len(code.codings) > 1 or (code.codings and code.text is not None):
        yield from (Concept((one,), None) for one in code.codings)
        yield Concept((), code.text)


def _said(code: Concept, gathering: Gathering) -> frozenset[str] | None:
    """Return the series that codes mean or, where none is known, that words name; None where neither is there."""
    meant = [found for one in apart(code) if (found := _meant(one, gathering)) is not None]
    if meant:
        return frozenset(name for found in meant for name in found)
    words = [*code.words()]
    return series_in(words, gathering) if words else None


def series_in(words: Iterable[str], gathering: Gathering) -> frozenset[str]:
    """Return the series that words name."""
    folded = [fold(word) for word in words]
    if not folded:
        return frozenset()
    known = (_names(gathering.vocabulary), _names_of_codes(gathering.codes))
    return frozenset(
        name
        for every, series in known
        if any(map(every.search, folded))
        for name, named in series.items()
        if any(map(named.search, folded))
    )


def _meant(code: Concept, gathering: Gathering) -> frozenset[str] | None:
    try:
        found = gathering.memory.meaning(code, gathering.codes.observations)
    except Disagreement:
        return None
    if found is None or found.one("special") in NO_TEST:
        return None
    series = series_of_facts(gathering.vocabulary)
    named = {series[fact] for fact in found.means.get("facts", ()) if fact in series}
    return frozenset(named | {LVEF} if found.one("special") == "lvef" else named)


@once
def _names(vocabulary: Vocabulary) -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """Return how each series is named within words: Latin letters as whole words, a single character alone."""
    words: dict[str, set[str]] = {}
    series = series_of_facts(vocabulary)
    for path, field in vocabulary.fields.items():
        if (name := series.get(path)) is not None:
            words.setdefault(name, set()).update(map(fold, (field.label.zh, field.label.en, *field.synonyms)))
    return _each_and_any(words)


@once
def _names_of_codes(codes: CodeTables) -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """Return how the tables of codes name each series, and what it is measured by."""
    words = {name: {*map(fold, named)} for name, named in codes.phrases.get("results", {}).items()}
    for word, entry in codes.observations.names.items():
        for fact in entry.means.get("facts", ()):
            if fact.startswith("labs."):
                words.setdefault(fact.removeprefix("labs.").removesuffix(".value"), set()).add(word)
    return _each_and_any(words)


def _each_and_any(words: Mapping[str, set[str]]) -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """Return what finds words of any series, as most texts hold none, and what finds those of each."""
    return within_words(one for found in words.values() for one in found), {
        n: within_words(f) for n, f in words.items()
    }


def within_words(names: Iterable[str]) -> re.Pattern[str]:
    """Return what finds names within a text: Latin letters as whole words, a single character alone."""
    return one_of(sorted(map(_within, names)))


def _within(word: str) -> str:
    if word.isascii():
        return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"
    return re.escape(word) if len(word) > 1 else rf"^{re.escape(word)}$"


def _by_unit(part: Element, gathering: Gathering) -> Iterator[str]:
    """Yield the series that a value under a bare code could be of, by its unit and, unless it is a bound, its size."""
    told = part.element("valueQuantity")
    number = None if told is None else told.number("value")
    text = part.text("valueString") if isinstance(part.raw().get("valueString"), str) else None
    found = written(text) if text is not None else None
    if number is None and found is None:
        return
    if told is not None and number is not None:
        value, words = number, (told.text("code"), told.text("unit"), told.has("code"))
    else:
        assert found is not None
        value, words = found[0], (None, found[1] or None, False)
    bound = told is not None and told.has("comparator")
    units = gathering.memory.once("units", words, lambda: dict(_units(words, gathering)))
    quantities = gathering.vocabulary.quantities
    for name, unit in units.items():
        if unit is None or bound or accepted(value, unit, quantities[name]):
            yield name
    word = words[0] or words[1]
    if not word or known_unit(word, ("%",), gathering.codes) is not None:
        yield LVEF


def _units(words: tuple[str | None, str | None, bool], gathering: Gathering) -> Iterator[tuple[str, str | None]]:
    """Yield the series that accept a unit, and what it is called there; each of them without one (None).

    ``words`` are its code and its text, and whether anything stands in place of a code.
    """
    code, text, is_coded = words
    told = Element({"code": code or ("" if is_coded else None), "unit": text}, "")
    series = series_of_facts(gathering.vocabulary)
    for name, quantity in gathering.vocabulary.quantities.items():
        if f"labs.{name}" in series:
            try:
                yield name, unit_of(told, quantity.factors, gathering.codes)
            except Unusable as why:
                if why.reason == "no-unit":
                    yield name, None
