"""What is pasted into the page: read as strictly as the API reads it, and given back as the form is to hold it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oncocds.advice.result import Bilingual, Part
from oncocds.advice.views import bilingual
from oncocds.engine import Engine
from oncocds.errors import InputError, Problem, ProfileError
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.models import Profile
from oncocds.profile.policy import policy_digest
from oncocds.profile.reading import read_policy, read_profile
from oncocds.reading.strict_json import parse_json
from oncocds.text import Text
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.models import Vocabulary
from oncocds_api.fhir.service import mapped_profile
from oncocds_api.pages.changed_settings import setting_words
from oncocds_api.pages.told_facts import ToldFacts
from oncocds_api.requests.requests import MOST_FHIR_BYTES, read_request
from oncocds_api.workers.frames import Frame
from oncocds_fhir.contradictory import add_contradictions
from oncocds_fhir.mapping import Mapped
from oncocds_fhir.report import MappingReport

_ENVELOPE = ("patient", "policy", "as_of")
_FHIR = ("resourceType", "bundle")


class ToldFact(Part):
    """A fact in words, by its public path; ``converted``: its numbers in the rules' unit, or as the record has them."""

    path: str
    label: Bilingual
    value: Bilingual
    converted: Bilingual | None


class Pasted(Part):
    """What the form is to hold. An evaluation of that, unchanged, has these digests.

    ``policy`` are the settings that differ from the site's; ``report`` tells of a FHIR Bundle what was not mapped.
    ``told`` are the facts and settings in words, ``usual`` the settings that are left out, being the site's.
    """

    patient: dict[str, Any]
    policy: dict[str, bool | int | float | None]
    as_of: str | None
    input_digest: str
    policy_digest: str
    report: MappingReport | None
    told: list[ToldFact]
    usual: list[ToldFact]


def pasted(engine: Engine, codes: CodeTables, body: bytes) -> Frame:
    """Read a profile, a request with one, or a FHIR Bundle. Raises ``InputError`` with each place that is refused."""
    document = parse_json(body, max_bytes=MOST_FHIR_BYTES)
    if not isinstance(document, dict):
        raise InputError([Problem("", "the text is no object", "a patient profile, or a FHIR R4 Bundle")])
    if any(key in document for key in _FHIR):
        found = _mapped(engine, codes, body)
    elif any(key in document for key in _ENVELOPE):
        request = read_request(body, "patient", "the patient profile, see /v1/schema/patient")
        profile = read_profile(request.subject, engine.knowledge.vocabulary)
        found = _found(engine, profile, request.policy or {}, request.as_of)
    else:
        found = _found(engine, _bare(engine, body), {}, None)
    return {"outcome": "done", "digest": found.input_digest}, found.model_dump_json().encode()


def _mapped(engine: Engine, codes: CodeTables, body: bytes) -> Pasted:
    """Map a Bundle; what its records contradict is told by the report, as everywhere."""
    request, mapped, moment = mapped_profile(engine, codes, body)
    asked = request.policy or {}
    effective = engine.effective(asked)
    add_contradictions(mapped, effective, engine.knowledge.vocabulary, moment.date)
    profile = read_profile(mapped.profile, engine.knowledge.vocabulary)
    return _found(engine, profile, asked, request.as_of, mapped)


def _bare(engine: Engine, body: bytes) -> Profile:
    """Read a profile without a request around it; its places begin at the document's own root."""
    try:
        return read_profile(body, engine.knowledge.vocabulary)
    except ProfileError as error:
        problems = error.problems
    raise InputError(problems)


def _found(
    engine: Engine, profile: Profile, asked: dict[str, Any], as_of: str | None, mapped: Mapped | None = None
) -> Pasted:
    policy = read_policy(asked, engine.knowledge.vocabulary)
    effective = engine.effective(policy)
    given = {name: getattr(effective, name) for name in type(effective).model_fields if name in policy.model_fields_set}
    changed = {name: value for name, value in given.items() if value != getattr(engine.policy, name)}
    told = _Told(engine.knowledge.vocabulary)
    return Pasted(
        patient=profile.model_dump(by_alias=True, exclude_none=True),
        policy=changed,
        as_of=as_of,
        input_digest=input_digest(identified(profile)),
        policy_digest=policy_digest(effective),
        report=None if mapped is None else mapped.report(),
        told=[*told.facts(profile, mapped), *told.settings(changed)],
        usual=told.settings({name: value for name, value in given.items() if name not in changed}),
    )


class _Told:
    """Puts what was read into words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._facts = ToldFacts(vocabulary)
        self._vocabulary = vocabulary

    def facts(self, profile: Profile, mapped: Mapped | None) -> list[ToldFact]:
        """Return every recorded fact with its value, and what that is, or was, in another unit."""
        known = self._facts.conversions(profile)
        written = {} if mapped is None else dict(_written(profile, mapped))
        return [_told(path, *words, written.get(path, known.get(path))) for path, words in self._facts.facts(profile)]

    def settings(self, settings: dict[str, Any]) -> list[ToldFact]:
        """Return settings with their values."""
        found = []
        for name, value in settings.items():
            field = self._vocabulary.fields[f"policy.{name}"]
            found.append(_told(f"policy.{name}", field.label, setting_words(value, field, self._vocabulary), None))
        return found


def _written(profile: Profile, mapped: Mapped) -> Iterator[tuple[str, Text]]:
    """Yield how values were written that the mapping converted."""
    plain = identified(profile).model_dump(by_alias=True, exclude_none=True)
    for (fact, value), found in mapped.remarks.conversions.items():
        group, _, name = fact.partition(".")
        part = plain.get(group)
        words = ", ".join(sorted(found))
        text = Text(f"记录中为 {words}", f"in the record {words}")
        if isinstance(part, list):
            yield from ((f"{group}[{item['id']}]", text) for item in part if item.get(name) == value)
        elif isinstance(part, dict) and part.get(name) == value:
            yield fact, text


def _told(path: str, label: Text, value: Text, converted: Text | None) -> ToldFact:
    words = None if converted is None else bilingual(converted)
    return ToldFact(path=path, label=bilingual(label), value=bilingual(value), converted=words)
