"""Results that are not used and may be the newest of something: the facts that they leave open.

A value that is older must not stand as today's where a later record is there and could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from oncocds.errors import InputError
from oncocds.profile.history import LVEF as SERIES_OF_LVEF
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.elements import Concept, Element
from oncocds_fhir.gathering import Gathering, series_of_facts
from oncocds_fhir.observed import is_of_other_test, may_be_of_blood, meaning_of, names_other_test
from oncocds_fhir.series_meant import apart, could_be, named_series, within_words
from oncocds_fhir.times import When, when_of

LVEF = "(lvef)"
RECEPTORS = {"er": "biomarkers.er_pct", "pr": "biomarkers.pr_pct"}
FUSION = "biomarkers.ret_fusion"
DATED_BY = dict.fromkeys(("vitals.systolic", "vitals.diastolic"), "vitals.blood_pressure_date")
_TEXTS = {"DiagnosticReport": "conclusion", "Observation": "valueString"}
_SHORTEST = 3  # letters of a name that stands for a result within a text: Ca is also a cancer, ER an emergency room
_NUMBER = r"[^0-9,，。;；]{0,8}[0-9]"  # a result stands behind its name
_PARTS = re.compile(r"[,，;；。、\n]")
_NO_RESULT = ("cancelled", "entered-in-error")


def leave_facts_open(observations: Iterable[Resource], gathering: Gathering) -> None:
    """Note Observations that were left out (unreadable, of two versions, changed by an extension that nobody knows)."""
    for observation in observations:
        if observation.type == "Observation" and observation.element.raw().get("status") not in _NO_RESULT:
            leave_open(observation, gathering)


def leave_open_told_since(records: Iterable[Resource], gathering: Gathering) -> None:
    """Note free texts that name a result of a later day than all that were read: 左室收缩功能减低，LVEF 40%.

    What a report concludes and what a result without a fact says in words. What such a text says of a day that has
    results of its own, or of results that its record names, is these results.
    """
    told = (_told_by_fields(gathering.vocabulary), _told_by_codes(gathering.codes))
    offered = [(fact, by[fact], read) for fact, read in gathering.all_offered() for by in told if fact in by]
    for record in records:
        element = record.element
        key = _TEXTS.get(record.type)
        text = None if key is None else element.raw().get(key)
        when = _readable_when(element) if isinstance(text, str) and _is_done(element) else None
        if not isinstance(text, str) or when is None or gathering.moment.is_before(when):
            continue
        parts = _PARTS.split(fold(element.simplified.simplify(text)))
        results = _results_of(record, gathering)
        for fact, names, read in offered:
            later = all(one.when is not None and one.when.last < when.first for one in read)
            own = any(not results.isdisjoint(one.resources) for one in read)
            if later and not own and any(_tells(part, names, gathering.codes) for part in parts):
                gathering.offer_unsettled(fact, "newer-unread", when, record.label)


def _tells(part: str, names: re.Pattern[str], codes: CodeTables) -> bool:
    found = names.search(part)
    return found is not None and not names_other_test(part[: found.end()], codes)


def _results_of(record: Resource, gathering: Gathering) -> set[str]:
    """Return the records that a report names as its results, as far as that can be read."""
    try:
        named = [one.text("reference") for one in record.element.elements("result")]
        found = [gathering.references.find(one, record) for one in named]
    except InputError:
        return set()
    return {one.label for one in found if one is not None}


def _is_done(element: Element) -> bool:
    return element.raw().get("status") not in (*_NO_RESULT, "registered")


def leave_open(observation: Resource, gathering: Gathering) -> None:
    """Note that a record that is not used may be the newest result of what it tells, or of what its words name."""
    element = observation.element
    when = _readable_when(element)
    for part in _parts(element):
        found = None
        try:
            try:
                found = meaning_of(part, observation, gathering)
            except (Disagreement, InputError):
                may_be_any_of(part, when, observation, gathering)
            if found is None:
                may_be_newer(part, when, observation, gathering)
            elif not is_missing(part):
                special = found.one("special")
                names = (FUSION,) if special == "variant" else offered_as(special, facts_of(found))
                for name in names:
                    gathering.offer_unsettled(name, "newer-unread", when, observation.label)
        except InputError:
            continue


def may_be_newest_of(series: Iterable[str], when: When | None, observation: Resource, gathering: Gathering) -> None:
    """Note a result that may be the newest of each series that it could be of, as its codes contradict each other."""
    for name in series:
        gathering.offer_unsettled(offered_name(name), "newer-unread", when, observation.label)


def may_be_any_of(part: Element, when: When | None, observation: Resource, gathering: Gathering) -> None:
    """Note a result whose codes and names contradict each other: it may be the newest of whatever one of them means."""
    series = could_be(part, gathering)
    may_be_newest_of(series, when, observation, gathering)
    names = set[str]()
    for one in apart(part.concept("code")):
        try:
            found = gathering.memory.meaning(one, gathering.codes.observations)
        except Disagreement:
            continue
        if found is not None:
            names.update(offered_as(found.one("special"), facts_of(found)))
    for name in sorted(names - {offered_name(one) for one in series}):
        gathering.offer_unsettled(name, "newer-unread", when, observation.label)


def may_be_newer(part: Element, when: When | None, observation: Resource, gathering: Gathering) -> None:
    """Note a result that is not understood: what its words name is open where it may be the newest result of that."""
    whole = part is observation.element
    series, facts = alike(_named, observation, gathering) if whole else _named_by(part, observation, gathering)
    may_be_newest_of(series, when, observation, gathering)
    for fact in facts:
        gathering.offer_unsettled(fact, "newer-unread", when, observation.label)


def _named(observation: Resource, gathering: Gathering) -> tuple[frozenset[str], tuple[str, ...]]:
    return _named_by(observation.element, observation, gathering)


def _named_by(part: Element, observation: Resource, gathering: Gathering) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the series of which the words of an unknown result name one, and the biomarkers."""
    blood = may_be_of_blood(part, observation, gathering)
    series = named_series(part, gathering) if blood else frozenset[str]()
    if is_missing(part) or is_of_other_test(part, gathering):
        return series, ()
    code = part.concept("code")
    return series, gathering.memory.once("named biomarkers", code, lambda: _named_biomarkers(code, gathering.codes))


def facts_of(found: Meant) -> tuple[str, ...]:
    """Return the facts that a result of some meaning tells."""
    special = found.one("special")
    if special == "lvef":
        return ("cardiac.lvef_baseline", "cardiac.lvef_latest")
    if special in RECEPTORS:
        return ("biomarkers.hr_status",)
    return ("diagnosis.extent",) if special == "m_category" else found.means.get("facts", ())


def offered_as(special: str | None, facts: tuple[str, ...]) -> tuple[str, ...]:
    """Return under which names a result may have been offered."""
    if special == "lvef":
        return (LVEF,)
    if special in RECEPTORS:
        return (f"({special})", RECEPTORS[special])
    dates = {DATED_BY[fact]: None for fact in facts if fact in DATED_BY}
    return (*(fact.removesuffix(".value") if fact.startswith("labs.") else fact for fact in facts), *dates)


def offered_name(series: str) -> str:
    """Return under which name results of a series of the history are offered."""
    return LVEF if series == SERIES_OF_LVEF else f"labs.{series}"


def is_missing(part: Element) -> bool:
    """Tell whether a result has no value."""
    return part.has("dataAbsentReason") or not (part.has_choice("value") or part.has("interpretation"))


def none_taken(part: Element, when: When | None, gathering: Gathering) -> bool:
    """Tell whether what has no value was not measured: it says so, or its day is yet to come."""
    if not is_missing(part):
        return False
    reasons = part.concept("dataAbsentReason").codings
    return any(one.code == "not-performed" for one in reasons) or gathering.moment.is_before(when)


def _readable_when(element: Element) -> When | None:
    try:
        return when_of(element)
    except InputError:
        return None


def _parts(element: Element) -> Iterator[Element]:
    yield element
    listed = element.raw().get("component")
    for at, part in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(part, Mapping):
            yield Element(part, f"{element.pointer}/component/{at}", element.simplified)


def _named_biomarkers(code: Concept, codes: CodeTables) -> tuple[str, ...]:
    words = [fold(word) for word in code.words()]
    return tuple(fact for fact, named in _biomarkers(codes).items() if any(map(named.search, words)))


@once
def _biomarkers(codes: CodeTables) -> dict[str, re.Pattern[str]]:
    """Return how names that are not understood name a biomarker: HER2状态（肝转移灶）, ER（复发灶）."""
    words: dict[str, set[str]] = {}
    for name, entry in codes.observations.names.items():
        special = entry.one("special")
        facts = offered_as(special, entry.means.get("facts", ())) if special in (None, *RECEPTORS) else ()
        for fact in facts:
            if fact.startswith(("biomarkers.", "(")):
                words.setdefault(fact, set()).add(name)
    return {fact: within_words(names) for fact, names in words.items()}


@once
def _told_by_fields(vocabulary: Vocabulary) -> dict[str, re.Pattern[str]]:
    """Return how a text names results of each fact by the vocabulary's names: LVEF 40%, 血钙 3.1 mmol/L."""
    words: dict[str, set[str]] = {LVEF: {"ef"}}
    for path, series in series_of_facts(vocabulary).items():
        field = vocabulary.fields.get(path)
        if field is not None:
            names = map(fold, (field.label.zh, field.label.en, *field.synonyms))
            words.setdefault(offered_name(series), set()).update(names)
    return _with_numbers(words)


@once
def _told_by_codes(codes: CodeTables) -> dict[str, re.Pattern[str]]:
    """Return how a text names results of each fact by the names of codes: HER2(0)."""
    words: dict[str, set[str]] = {}
    for word, entry in codes.observations.names.items():
        special = entry.one("special")
        for fact in offered_as(special, entry.means.get("facts", ())) if special in (None, "lvef") else ():
            if fact.startswith(("labs.", "biomarkers.her2", LVEF)):
                words.setdefault(fact, set()).add(word)
    return _with_numbers(words)


def _with_numbers(words: Mapping[str, set[str]]) -> dict[str, re.Pattern[str]]:
    named = {fact: {word for word in found if _is_telling(word)} for fact, found in words.items()}
    return {fact: re.compile(f"(?:{within_words(found).pattern}){_NUMBER}") for fact, found in named.items() if found}


def _is_telling(word: str) -> bool:
    return len(word) >= _SHORTEST or (word == "ef" if word.isascii() else len(word) > 1)
