"""The report of a mapping while it is being made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, Literal

from oncocds.advice.result import Bilingual
from oncocds.advice.views import bilingual
from oncocds.text import Text
from oncocds.vocabulary.code_tables import Message
from oncocds_fhir.bundle import LeftOut
from oncocds_fhir.elements import Coding
from oncocds_fhir.holding import lists_of
from oncocds_fhir.report import Assumption, Implausible, MappingReport, Opening, OpenList, Place, Unmapped

_CODE = re.compile(r"[\w.:*/+^-]{1,40}", re.ASCII)
_SYSTEM = re.compile(r"[a-z][a-z0-9+.-]{1,10}:[\w.:/#-]{1,100}", re.ASCII)
_MOST_RESOURCES = 50
# Why a record was left out that could be an item of a list; the other reasons say that there may be records which
# nobody has seen, or that what there is is no item. Of codes that are not in the tables see `could_be`.
_RECORDS = frozenset(
    (
        "codes-disagree", "combination-part-unknown", "duplicate-id", "in-the-future", "marked-as-error",
        "modifier-extension", "no-code", "profile-refuses", "status-missing", "subject-unclear", "test-data",
        "too-many-items", "type-not-read-here",
        "unknown-status", "unreadable",
    )
)  # fmt: skip


class Remarks:
    """The report while it is being made; the order in which remarks come does not matter."""

    def __init__(self, messages: Mapping[str, Mapping[str, Message]]) -> None:
        self._messages = messages
        self._unmapped: dict[tuple[str, str | None, tuple[str, ...]], set[str]] = {}
        self._implausible: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Implausible] = {}
        self._assumed: dict[str, set[str]] = {}
        self._places: dict[str, set[Place]] = {}
        self._open: dict[str, dict[str, set[str]]] = {}
        self.conversions: dict[tuple[str, float], set[str]] = {}
        """Of values that were recorded in another unit, by field and value, how they were written."""
        self._said: dict[tuple[str, str], set[str]] = {}
        self._could_be: dict[str, set[str]] = {}

    def unmapped(
        self,
        reason: str,
        *resources: str,
        facts: Iterable[str] = (),
        coding: Coding | None = None,
        opens: Iterable[str] = (),
        said: str | None = None,
    ) -> None:
        """Note resources that could not be used, or only in part; lists that they could be items of stay open.

        ``said`` are words of theirs that are told with the reason.
        """
        if said is not None:
            for label in resources:
                self._said.setdefault((reason, label), set()).add(said)
        key = (reason, shown_code(coding), tuple(sorted(set(facts))) if facts else ())
        self._unmapped.setdefault(key, set()).update(resources)
        for of_list in opens:
            self.leave_open(of_list, reason, *resources)

    def left_out(self, one: LeftOut) -> None:
        """Note what was left out before the mapping began."""
        self.unmapped(one.reason, one.label, opens=one.lists)
        places = (Place(pointer=p.pointer, reason=p.reason, expected=p.expected) for p in one.problems)
        self._places.setdefault(one.reason, set()).update(places)

    def leave_open(self, of_list: str, reason: str, *resources: str) -> None:
        """Note that a list may hold more than is written."""
        self._open.setdefault(of_list, {}).setdefault(reason, set()).update(resources)

    def keep_open(self, of_list: str, resources: Set[str]) -> None:
        """Forget of a list what leaves it open but some records."""
        kept = {reason: found & resources for reason, found in self._open.pop(of_list, {}).items()}
        if any(kept.values()):
            self._open[of_list] = {reason: found for reason, found in kept.items() if found}

    def could_be(self, of_list: str, resource: str) -> None:
        """Note that a record whose code is not known could be an item of a list, as far as its words tell."""
        self._could_be.setdefault(of_list, set()).add(resource)

    def records_left_out(self, of_list: str, used: Set[str]) -> Set[str]:
        """Return the records that were left out and could be items of a list; ``used`` are those that are items.

        A type that is not read counts where its records are of this list alone: a plan of care may hold anything.
        """
        found = set(self._could_be.get(of_list, ()))
        for reason, labels in self._open.get(of_list, {}).items():
            if reason == "type-not-read-here":
                found |= {label for label in labels if lists_of(label.partition("/")[0]) == (of_list,)}
            elif reason in _RECORDS:
                found |= labels - used if reason == "duplicate-id" else labels
        return found

    @property
    def open_lists(self) -> Mapping[str, Mapping[str, Set[str]]]:
        """The lists that may hold more than is written: by reason the resources that were left out."""
        return self._open

    def about(self, reason: str) -> Set[str]:
        """Return all resources that were left out, or used in part, for a reason."""
        return {label for (other, *_), labels in self._unmapped.items() if other == reason for label in labels}

    def counts(self) -> dict[str, int]:
        """Count the resources that were left out, or used in part, by reason."""
        return {reason: len(self.about(reason)) for reason in sorted({reason for reason, *_ in self._unmapped})}

    def warnings(self) -> Iterator[tuple[str, str]]:
        """Yield each reason that is a warning with each resource it is about."""
        for (reason, *_), labels in self._unmapped.items():
            if self.words(reason).severity == "warning":
                yield from ((reason, label) for label in labels)

    def words(self, reason: str) -> Message:
        """Return the words for a reason."""
        return self._messages["unmapped"][reason]

    def text(self, reason: str, *resources: str) -> Text:
        """Return what is said of some resources for a reason, with their own words where these are told."""
        text = self.words(reason).text
        words = sorted({word for label in resources for word in self._said.get((reason, label), ())})
        if not words:
            return text
        zh, en = "、".join(f"“{word}”" for word in words), ", ".join(f"“{word}”" for word in words)
        return Text(
            f"{text.zh.removesuffix('。')}（原文：{zh}）。", f"{text.en.removesuffix('.')} (in its words: {en})."
        )

    def implausible(self, identity: str, resources: Iterable[str], facts: Iterable[str] = ()) -> None:
        """Note records that cannot both be true."""
        message = self._messages["plausibility"][identity]
        severity: Any = message.severity
        self.implausible_as(identity, severity, bilingual(message.text), resources, facts)

    def implausible_as(
        self,
        identity: str,
        severity: Literal["contradiction", "hint"],
        text: Bilingual,
        resources: Iterable[str],
        facts: Iterable[str],
    ) -> None:
        """Note what another check found, in its own words."""
        named, about = sorted(set(resources)), sorted(set(facts))
        self._implausible[identity, tuple(named), tuple(about)] = Implausible(
            id=identity, severity=severity, text=text, resources=named, facts=about
        )

    def assumed(self, identity: str, *facts: str) -> None:
        """Note what is taken for granted."""
        self._assumed.setdefault(identity, set()).update(facts)

    def report(self, codes_digest: str, resources: int) -> MappingReport:
        """Return the report, warnings first."""
        unmapped = [
            self._one_unmapped(reason, code, facts, found) for (reason, code, facts), found in self._unmapped.items()
        ]
        return MappingReport(
            codes_digest=codes_digest,
            resources=resources,
            unmapped=sorted(unmapped, key=lambda one: (one.severity == "info", one.reason, one.code or "", one.facts)),
            open_lists=[
                OpenList(name=name, because=[self._opening(*one) for one in sorted(found.items())])
                for name, found in sorted(self._open.items())
            ],
            plausibility=[self._implausible[key] for key in sorted(self._implausible)],
            assumptions=[
                Assumption(
                    id=name,
                    text=bilingual(self._messages["assumptions"][name].text),
                    facts=sorted(self._assumed[name]),
                )
                for name in sorted(self._assumed)
            ],
        )

    def brief(self) -> dict[str, Any]:
        """Return the report as plain data without its words, which are the same for every patient; no empty part."""
        unmapped = [
            {
                "reason": reason,
                "severity": self.words(reason).severity,
                "resources": sorted(found)[:_MOST_RESOURCES],
                "count": len(found),
                **({"facts": list(facts)} if facts else {}),
                **({"code": code} if code is not None else {}),
                **({"places": [one.model_dump() for one in places]} if (places := self._places_of(reason)) else {}),
            }
            for (reason, code, facts), found in sorted(self._unmapped.items(), key=lambda one: str(one[0]))
        ]
        told = {
            "unmapped": unmapped,
            "open_lists": {
                name: {reason: len(labels) for reason, labels in sorted(found.items())}
                for name, found in sorted(self._open.items())
            },
            "plausibility": [
                {"id": one.id, "severity": one.severity, "resources": one.resources, "facts": one.facts}
                for _, one in sorted(self._implausible.items())
            ],
            "assumptions": {name: sorted(facts) for name, facts in sorted(self._assumed.items())},
        }
        return {name: part for name, part in told.items() if part}

    def _places_of(self, reason: str) -> list[Place]:
        return sorted(self._places.get(reason, ()), key=lambda place: place.pointer)[:_MOST_RESOURCES]

    def _one_unmapped(self, reason: str, code: str | None, facts: tuple[str, ...], found: set[str]) -> Unmapped:
        message = self._messages["unmapped"][reason]
        severity: Any = message.severity
        named = sorted(found)[:_MOST_RESOURCES]
        return Unmapped(
            reason=reason,
            severity=severity,
            text=bilingual(self.text(reason, *named)),
            resources=named,
            count=len(found),
            facts=list(facts),
            code=code,
            places=self._places_of(reason),
        )

    def _opening(self, reason: str, found: Set[str]) -> Opening:
        text = bilingual(self.words(reason).text)
        return Opening(reason=reason, text=text, resources=sorted(found)[:_MOST_RESOURCES], count=len(found))


def shown_code(coding: Coding | None) -> str | None:
    """Return a code as ``SYSTEM|CODE``, None where it does not look like one: it could be anything, a name too."""
    if coding is None or coding.code is None or not _CODE.fullmatch(coding.code):
        return None
    system = coding.system if coding.system is not None and _SYSTEM.fullmatch(coding.system) else ""
    return f"{system}|{coding.code}"
