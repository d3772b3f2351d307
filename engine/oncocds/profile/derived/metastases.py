"""Metastases: what the lesions say, unless a clinician's assertion says it outright.

A lesion counts as established when it is imaging-positive or confirmed. A lesion that is only suspected, or whose
status is unknown, could go either way: it is counted once as a metastasis and once not.
"""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import NO, both, certain, either, equals, known, unknown

_ESTABLISHED = ("imaging_positive", "confirmed")
_VISCERA = ("liver", "lung", "pleura", "peritoneum", "adrenal", "other_viscera")


def bone_metastases(facts: Facts) -> Finding:
    """Return whether bone metastasis is established (source: imaging or biopsy shows it)."""
    asserted = facts.finding("diagnosis.bone_metastases")
    if asserted.value is not None:
        return asserted
    lesions = facts.items("lesions")
    if lesions is None:
        return unknown("lesions")
    return either(both([equals(lesion.finding("organ"), "bone"), _established(lesion)]) for lesion in lesions)


def bone_metastases_suspected(facts: Facts) -> Finding:
    """Return whether bone metastasis is suspected and not established (convention).

    Unmeasured calcium and an unrecorded assertion add nothing; bone metastasis that is merely unknown is not
    established.
    """
    established = bone_metastases(facts)
    if established.value is True:
        return known(False, established)
    lesions = facts.items("lesions")
    if lesions is None:
        open_lesion = unknown("lesions")
    else:
        open_lesion = either(equals(lesion.finding("organ"), "bone") for lesion in lesions)
    if facts.finding("diagnosis.bone_metastases").value is False:
        open_lesion = certain(open_lesion)
    return either(
        [
            certain(facts.finding("diagnosis.bone_suspected")),
            facts.finding("symptoms.bone_pain"),
            facts.finding("symptoms.cord_signs"),
            certain(facts.finding("derived.hypercalcaemia")),
            facts.finding("skeletal_events.pathological_fracture"),
            facts.finding("skeletal_events.vertebral_fracture"),
            facts.finding("skeletal_events.cord_compression"),
            open_lesion,
        ]
    )


def bone_scan_done(facts: Facts) -> Finding:
    """Return whether a bone scan was done: recorded, or among the modalities of a lesion."""
    for lesion in facts.items("lesions") or ():
        imaging = lesion.finding("imaging")
        if isinstance(imaging.value, tuple) and "bone_scan" in imaging.value:
            return known(True, imaging)
    return facts.finding("assessments.bone_scan_done")


def brain_metastases(facts: Facts) -> Finding:
    """Return whether brain metastasis is established; resolved lesions do not count."""
    lesions = _present(facts, "brain")
    return lesions if isinstance(lesions, Finding) else either(_here(lesion, "brain") for lesion in lesions)


def brain_oligometastases_new(facts: Facts) -> Finding:
    """Return whether there are new brain lesions, few enough by ``policy.brain_oligo_max`` (local policy)."""
    asserted = facts.finding("diagnosis.brain_oligo_new")
    if asserted.value is not None:
        return asserted
    lesions = _present(facts, "brain")
    if isinstance(lesions, Finding):
        return lesions
    new = either(both([_here(lesion, "brain"), _new(lesion)]) for lesion in lesions)
    return both([new, _few([_here(lesion, "brain") for lesion in lesions], facts.finding("policy.brain_oligo_max"))])


def visceral_metastases(facts: Facts) -> Finding:
    """Return whether there are visceral metastases (convention: liver, lung, pleura, peritoneum, adrenal, other).

    Primary and resolved lesions do not count; brain counts by ``policy.cns_counts_as_visceral``. A lesion counts
    unless it is recorded as only suspected.
    """
    asserted = facts.finding("diagnosis.visceral_metastases")
    if asserted.value is not None:
        return asserted
    lesions = _present(facts, None)
    if isinstance(lesions, Finding):
        return lesions
    counts = facts.finding("policy.cns_counts_as_visceral")
    found = []
    for lesion in lesions:
        organ = lesion.finding("organ")
        visceral = equals(organ, *_VISCERA)
        if organ.value == "brain":
            visceral = both([equals(organ, "brain"), counts])
        found.append(both([visceral, _not_only_suspected(lesion)]))
    return either(found)


def oligometastatic(facts: Facts) -> Finding:
    """Return whether at least one and at most ``policy.oligomet_max`` metastases are there (local policy).

    The primary and resolved lesions do not count; suspected lesions make a range.
    """
    asserted = facts.finding("diagnosis.oligometastatic")
    if asserted.value is not None:
        return asserted
    lesions = _present(facts, None)
    if isinstance(lesions, Finding):
        return lesions
    counted = [_established(lesion) for lesion in lesions]
    return both([either(counted), _few(counted, facts.finding("policy.oligomet_max"))])


def _established(lesion: Item) -> Finding:
    status = lesion.finding("status")
    if status.value == "suspected":
        # Recorded, and yet the fact to ask for: only its confirmation decides.
        return unknown(f"{lesion.path}.status")
    return equals(status, *_ESTABLISHED)


def _not_only_suspected(lesion: Item) -> Finding:
    status = lesion.finding("status")
    return unknown(f"{lesion.path}.status") if status.value == "suspected" else known(True, status)


def _here(lesion: Item, organ: str) -> Finding:
    return both([equals(lesion.finding("organ"), organ), _established(lesion)])


def _new(lesion: Item) -> Finding:
    trend = lesion.finding("trend")
    by_trend = known(True, trend) if trend.value == "new" else NO
    recorded = lesion.finding("is_new")
    return either([by_trend, recorded])


def _present(facts: Facts, organ: str | None) -> list[Item] | Finding:
    """Return the lesions that may count: not the primary, not resolved, possibly in the organ."""
    lesions = facts.items("lesions")
    if lesions is None:
        return unknown("lesions")
    return [
        lesion
        for lesion in lesions
        if lesion.finding("is_primary").value is not True
        and lesion.finding("trend").value != "resolved"
        and (organ is None or lesion.finding("organ").value in (organ, None))
    ]


def _few(counted: list[Finding], maximum: Finding) -> Finding:
    """Return whether the true ones among some findings are at most a maximum, whatever the unknown ones are."""
    certain_ones = [finding for finding in counted if finding.value is True]
    possible = [finding for finding in counted if finding.value is None]
    if maximum.value is None:
        return unknown(maximum)
    assert isinstance(maximum.value, int | float)
    if len(certain_ones) > maximum.value:
        return known(False, *certain_ones, maximum)
    if len(certain_ones) + len(possible) <= maximum.value:
        return known(True, *certain_ones, maximum)
    return unknown(*possible)
