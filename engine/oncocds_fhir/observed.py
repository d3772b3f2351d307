"""What an Observation is about: by its codes, else by its name, as hospitals write it: 肌酐(CREA), HER2（IHC）."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncocds.profile.history import LATEST
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold, one_of, table_of
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.elements import NO_CONCEPT, Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.series_meant import NO_TEST
from oncocds_fhir.variants import says_fusion

RET_ALONE = Meant({"special": ("ret alone",)})  # a RET that is positive is no fusion
_LVEF = Meant({"special": ("lvef",)})
_FUSION = "biomarkers.ret_fusion"
_BETWEEN = re.compile(r"[\s()\[\]【】/、,，:：;]+")
_FEWEST = 2


def meaning_of(element: Element, observation: Resource, gathering: Gathering) -> Meant | None:
    """Return what an Observation or a component of one is about. Raises ``Disagreement``.

    ``observation`` is the record itself: its specimen is that of its components too.
    """
    code = element.concept("code")
    found = gathering.memory.once("observed", code, lambda: _coded(code, gathering))
    # The same stage of the same patient may be named by the staging method alone.
    if found is None or found.one("facts") == "diagnosis.stage_group":
        method = gathering.memory.meaning(element.concept("method"), gathering.codes.observations)
        found = found if method is None else method
    if found is not None and found.codings and _is_contradicted_by_specimen(observation, found, gathering):
        raise Disagreement
    if found is not None and found.codings and _is_named_otherwise(code, found, gathering):
        raise Disagreement
    if found is not None and _is_part_of_other_test(element, observation, found, gathering):
        raise Disagreement
    if found is not None and (found.codings or not _of_other_specimen(observation, found, gathering)):
        return None if found.one("special") in NO_TEST else found
    # A name alone: the vocabulary's own names of facts.
    if found is not None or any(gathering.codes.systems.get(coding.system or "") for coding in code.codings):
        return None
    named = [meant for word in code.words() if (meant := _named(word, gathering)) is not None]
    if named and _is_part_of_other_test(element, observation, named[0], gathering):
        raise Disagreement
    if (
        not named
        or any(one.means != named[0].means for one in named)
        or _of_other_specimen(observation, named[0], gathering)
    ):
        return None
    if named[0].one("facts") == _FUSION and not says_fusion([*code.words(), *value_words(element)]):
        return RET_ALONE
    return named[0]


def _of_other_specimen(observation: Resource, meant: Meant, gathering: Gathering) -> bool:
    """Tell whether a laboratory result that is known by its name alone may be of something else than blood."""
    if not observation.element.has("specimen") or not _is_laboratory(meant):
        return False
    return not _is_of_blood(_specimen(observation, gathering), gathering)


def _is_contradicted_by_specimen(observation: Resource, meant: Meant, gathering: Gathering) -> bool:
    """Tell whether a code of a test of blood stands beside a specimen that is certainly something else."""
    if not observation.element.has("specimen") or not _is_laboratory(meant):
        return False
    other = _elsewhere(gathering.codes)
    return any(other.search(fold(word)) for word in _specimen(observation, gathering))


def _is_named_otherwise(code: Concept, meant: Meant, gathering: Gathering) -> bool:
    """Tell whether a name beside the code of a measurement is that of another: 尿肌酐, 血镁 beside one of calcium.

    Names that nobody knows contradict nothing.
    """
    if not _is_laboratory(meant) and meant.means != _LVEF.means:
        return False

    def otherwise(word: str) -> bool:
        named = _named(word, gathering)
        if named is not None and named.one("special") != "beside":
            return named.means != meant.means
        plain = fold(word)
        return names_other_test(plain, gathering.codes) or _without_fact(gathering.codes).search(plain) is not None

    found: bool = gathering.memory.once("named otherwise", code, lambda: any(map(otherwise, code.words())))
    return found


def _is_part_of_other_test(element: Element, observation: Resource, meant: Meant, gathering: Gathering) -> bool:
    """Tell whether a component of a test of blood stands in a panel of something else (尿常规, 24h尿)."""
    if element is observation.element or not _is_laboratory(meant):
        return False
    return is_of_other_test(observation.element, gathering) and not is_of_other_test(element, gathering)


def _is_laboratory(meant: Meant) -> bool:
    return (meant.one("facts") or "").startswith("labs.")


def _specimen(observation: Resource, gathering: Gathering) -> list[str]:
    """Return what people may read of the specimen: its name beside the reference, and its type where it is there."""
    specimen = observation.element.element("specimen")
    if specimen is None:
        return []
    found = gathering.references.find(specimen.text("reference"), observation)
    kind = gathering.readable(found, lambda one: [*one.concept("type").words()]) if found is not None else None
    display = specimen.text("display")
    return [*([] if display is None else [display]), *(kind or [])]


def _is_of_blood(words: list[str], gathering: Gathering) -> bool:
    entries = [gathering.codes.observations.by_name(word) for word in words]
    return bool(entries) and all(entry is not None and entry.one("special") == "beside" for entry in entries)


def _named(word: str, gathering: Gathering) -> Meant | None:
    """Return what a name means; of one in parts (``肌酐(CREA)``, ``HER2 (IHC)``) what all that mean something mean.

    Each other part must be known to stand beside names: a specimen, a method.
    """
    whole = known_name(word, gathering)
    parts = [part for part in _BETWEEN.split(fold(word)) if part]
    if whole is not None or len(parts) < _FEWEST:
        return whole
    for joint in (" ", "-", ""):
        if (whole := known_name(joint.join(parts), gathering)) is not None:
            return whole
    found = [known_name(part, gathering) for part in parts]
    known = [one for one in found if one is not None and one.one("special") != "beside"]
    if None in found or not known or any(one.means != known[0].means for one in known):
        return None
    return known[0]


def known_name(word: str, gathering: Gathering) -> Meant | None:
    """Return what a name of a test means, None where it is none."""
    entry = gathering.codes.observations.by_name(word)
    if entry is not None:
        return Meant(entry.means) if entry.one("special") != "elsewhere" else None
    fact = _names(gathering.vocabulary).get(fold(word))
    if fact is None:
        return None
    return _LVEF if fact == LATEST else Meant({"facts": (fact,)})  # LVEF: with the day on which it was measured


def may_be_of_blood(element: Element, observation: Resource, gathering: Gathering) -> bool:
    """Tell whether an unknown result may be what its words name: not of another specimen, nor where they say more."""
    words = _specimen(observation, gathering)
    return not is_of_other_test(element, gathering) and (not words or _is_of_blood(words, gathering))


def is_of_other_test(element: Element, gathering: Gathering) -> bool:
    """Tell whether the name of a result says that it is of another test than the one it holds: 尿肌酐."""
    code, codes = element.concept("code"), gathering.codes
    return gathering.memory.once(
        "other test", code, lambda: any(names_other_test(fold(word), codes) for word in code.words())
    )


def names_other_test(text: str, codes: CodeTables) -> bool:
    """Tell whether a folded text holds a word that makes the name of a test that of another: 尿肌酐, 右室."""
    return _elsewhere(codes).search(text) is not None


@once
def _elsewhere(codes: CodeTables) -> re.Pattern[str]:
    """Return what finds words of other tests; Latin ones are whole words, as a concentration is no ratio."""
    names = (name for name, entry in codes.observations.names.items() if entry.one("special") == "elsewhere")
    return one_of(_as_word(name) if len(name) > 1 else f"^{re.escape(name)}$" for name in names)


@once
def _without_fact(codes: CodeTables) -> re.Pattern[str]:
    """Return what finds names of tests without a fact within words: 血清离子钙测定."""
    return one_of(_as_word(name) for name, entry in codes.observations.names.items() if entry.one("special") == "none")


def _as_word(name: str) -> str:
    word = re.escape(name)
    return rf"(?<![a-z]){word}(?![a-z])" if name.isascii() and name.isalpha() else word


def _coded(code: Concept, gathering: Gathering) -> Meant | None:
    """Return what a code means, as a fact's own name or by the tables. Raises ``Disagreement``."""
    facts = set(_local(code, gathering))
    if len(facts) > 1:
        raise Disagreement
    return Meant({"facts": tuple(facts)}) if facts else gathering.memory.meaning(code, gathering.codes.observations)


def value_words(element: Element) -> list[str]:
    """Return what people may read of a coded or written value."""
    text = element.text("valueString") if isinstance(element.raw().get("valueString"), str) else None
    coded = element.concept("valueCodeableConcept")
    return [*(coded.words() if coded is not NO_CONCEPT else ()), *([text] if text is not None else [])]


def _local(code: Concept, gathering: Gathering) -> Iterator[str]:
    for coding in code.codings:
        if gathering.codes.systems.get(coding.system or "") == "local" and _is_single(
            coding.code or "", gathering.vocabulary
        ):
            yield coding.code or ""


def _is_single(name: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a fact is the patient's own and recorded, no field of a list's items and no derived one."""
    field = vocabulary.fields.get(name)
    of_patient = field is not None and table_of(name, vocabulary.lists) == "patient"
    return field is not None and of_patient and field.world not in ("derived", "policy")


@once
def _names(vocabulary: Vocabulary) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, field in vocabulary.fields.items():
        if _is_single(name, vocabulary):
            for own in (field.label.zh, field.label.en, *field.synonyms):
                names.setdefault(fold(own), name)
    return names
