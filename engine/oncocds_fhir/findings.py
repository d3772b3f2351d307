"""What diagnoses say beside cancers: renal insufficiency, a pathological fracture, pregnancy, viral hepatitis."""

from __future__ import annotations

from dataclasses import dataclass, field

from oncocds.profile.made import models_of
from oncocds_fhir.bundle import Resource, stable_id
from oncocds_fhir.concepts import Meant
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.lesions import recorded, taken_back
from oncocds_fhir.pregnancy import PREGNANT, offer_pregnancy
from oncocds_fhir.statuses import OPEN, PAST, UNCLEAR
from oncocds_fhir.times import When, read_period, read_when

_VIRAL, _RECEPTORS, _TOXICITIES = "hcc.viral", "biomarkers.hr_status", "toxicities"
_OF = {"viral": _VIRAL, "er": _RECEPTORS, "toxicity": _TOXICITIES}
# An event that is over is none of today, and has happened: what is said of the agent that it came on still holds.
_EVENT, _ON_AGENT = "skeletal_events.", "skeletal_events.on_bma"
_Dated = list[tuple[When | None, str]]


@dataclass
class Findings:
    """When records said that something is there, and when that it is not or no longer; by fact and virus."""

    _there: dict[tuple[str, str | None], _Dated] = field(default_factory=dict)
    _against: dict[tuple[str, str | None], _Dated] = field(default_factory=dict)

    def note(
        self,
        condition: Resource,
        entry: Meant,
        verification: str | None,
        clinical: str | None,
        gathering: Gathering,
    ) -> None:
        """Note what a Condition says of a finding; ``entry`` is what its code and words mean."""
        fact = _fact(entry)
        if fact is None:  # what a drug is given for, read where the drug is
            gathering.remarks.unmapped(
                "no-fact", condition.label, coding=condition.element.concept("code").first_coding
            )
        elif verification in OPEN:
            gathering.remarks.unmapped("unconfirmed", condition.label, facts=[fact], opens=_closed(fact, gathering))
        elif clinical == UNCLEAR:
            gathering.remarks.unmapped("status-unclear", condition.label, facts=[fact], opens=_closed(fact, gathering))
        elif clinical in PAST:
            opens = (_ON_AGENT,) if fact.startswith(_EVENT) else ()
            gathering.remarks.unmapped("not-active", condition.label, facts=[fact], opens=opens)
            self.against(entry, _ended(condition.element), condition.label, gathering)
        elif fact == _RECEPTORS:
            gathering.offer("(er)", entry.one("er"), recorded(condition), condition.label)
        elif fact == _TOXICITIES:
            # A list of problems is no list of all that a therapy has done.
            gathering.put_item(fact, stable_id(condition), {"term": entry.one("toxicity")}, [condition.label])
            gathering.remarks.leave_open(fact, "toxicities-of-diagnoses", condition.label)
        elif fact == PREGNANT:
            offer_pregnancy(True, recorded(condition), condition.label, gathering)
        else:
            there = self._there.setdefault((fact, entry.one("viral")), [])
            there.append((recorded(condition), condition.label))

    def against(self, entry: Meant, when: When | None, label: str, gathering: Gathering) -> None:
        """Note a record that says that something is not there, or no longer."""
        fact = _fact(entry)
        if fact == PREGNANT and when is not None:
            gathering.offer_unsettled(PREGNANT, "newer-unread", when, label)
        elif fact is not None:
            self._against.setdefault((fact, entry.one("viral")), []).append((when, label))

    def settle(self, gathering: Gathering) -> None:
        """Take what is there, but for what a record contradicts that is certainly newer than all that say it."""
        viral: dict[str, list[str]] = {}
        for (fact, virus), there in self._there.items():
            against = self._against.get((fact, virus), [])
            labels = [label for _, label in there]
            if taken_back([when for when, _ in there], [when for when, _ in against]):
                others = [label for _, label in against]
                opens = _closed(fact, gathering)
                gathering.remarks.unmapped("conflicting-results", *labels, *others, facts=[fact], opens=opens)
            elif virus is not None:
                viral[virus] = labels
            else:
                gathering.put(fact, True, labels)
        if viral:
            both = "hbv_hcv" if len(viral) > 1 else next(iter(viral))
            gathering.put(_VIRAL, both, [label for labels in viral.values() for label in labels])


def _closed(fact: str, gathering: Gathering) -> tuple[str, ...]:
    """Return a fact that has to be left open where it is not told, as nothing recorded would mean no."""
    return (fact,) if fact in models_of(gathering.vocabulary).closed else ()


def _fact(entry: Meant) -> str | None:
    return entry.one("fact") or next((fact for key, fact in _OF.items() if entry.one(key)), None)


def _ended(element: Element) -> When | None:
    """Return when a Condition that is over ended, as far as it says; else when that was recorded."""
    ended = read_when(element, "abatementDateTime") or read_period(element, "abatementPeriod")[1]
    return ended or read_when(element, "recordedDate")
