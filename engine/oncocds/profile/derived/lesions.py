"""A lesion's effective fields: what was recorded, completed by what follows from it."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, Item, RecordedItem
from oncocds.profile.kleene import equals, known, unknown
from oncocds.profile.lists import tally_once

_SPINE = "bone_site.vertebral"
_PATTERNS = ("lytic", "blastic")


def status(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return the status: as recorded, else from the imaging (bone scan alone and no biopsy: only suspected)."""
    recorded = lesion.recorded("status")
    if recorded.value is not None:
        return recorded
    imaging = lesion.finding("imaging")
    if isinstance(imaging.value, tuple) and imaging.value:
        shows = facts.vocabulary.codes("imaging.shows_a_lesion")
        if any(modality in shows for modality in imaging.value):
            return known("imaging_positive", imaging)
        if lesion.finding("biopsied").value is False:
            return known("suspected", imaging)
    return recorded


def symptomatic(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether the lesion causes symptoms: recorded, or a recorded pain, impairment or compression."""
    recorded = lesion.recorded("symptomatic")
    if recorded.value is True:
        return recorded
    for field in ("painful", "pain_significant", "functional_impairment", "neurovascular_compression"):
        sign = lesion.recorded(field)
        if sign.value is True:
            return sign
    return recorded


def painful(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether the lesion hurts; significant pain is pain."""
    significant = lesion.recorded("pain_significant")
    return significant if significant.value is True else lesion.recorded("painful")


def pain_significant(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether pain is significant; not recorded means no, but in a painful lesion unknown.

    There the patient's pain score and ``policy.pain_nrs`` (local policy) may tell: a score below it rules significant
    pain out; one at or above it is the lesion's where no other lesion may be what hurts.
    """
    recorded = lesion.recorded("pain_significant")
    hurts = lesion.recorded("painful")
    if recorded.used or hurts.value is not True:
        return recorded
    score, limit = facts.finding("assessments.pain_nrs"), facts.finding("policy.pain_nrs")
    asked = f"{lesion.path}.pain_significant"
    if not isinstance(limit.value, int | float):
        return unknown(asked)
    if not isinstance(score.value, int | float):
        return unknown(asked, score)
    if score.value < limit.value:
        return known(False, hurts, score, limit)
    hurting = tally_once(facts, "lesions", _painful)  # this lesion among them
    if hurting.possible > 1:
        return unknown(asked)
    return known(True, hurts, score, limit) if hurting.whole else unknown(asked, "lesions")


def _painful(lesion: Item) -> Finding:
    return lesion.finding("painful")


def qol_impaired(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether quality of life is impaired; not recorded means no, but in a painful lesion unknown."""
    return _unless_painful(lesion, "qol_impaired")


def impairs_systemic_tx(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether pain impairs systemic treatment; not recorded means no, but in a painful lesion unknown."""
    return _unless_painful(lesion, "impairs_systemic_tx")


def local_intervention_required(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether local intervention is required; not recorded means no in a bone lesion, else unknown."""
    recorded, organ = lesion.recorded("local_intervention_required"), lesion.finding("organ")
    return Finding(False, organ.used) if recorded.value is None and organ.value == "bone" else recorded


def _unless_painful(lesion: RecordedItem, field: str) -> Finding:
    recorded = lesion.recorded(field)
    if recorded.used or lesion.finding("painful").value is not True:
        return recorded
    return unknown(f"{lesion.path}.{field}")


def structural_destruction(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether bone structure is destroyed; not recorded, a lytic pattern counts (convention)."""
    recorded = lesion.recorded("structural_destruction")
    pattern = lesion.finding("bone_pattern")
    return known(True, pattern) if not recorded.used and pattern.value == "lytic" else recorded


def weight_bearing(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the bone bears weight: as stated, else by site; pelvis stays open (the source's list is open)."""
    recorded = lesion.recorded("weight_bearing")
    if recorded.value is not None:
        return recorded
    site = _site(lesion)
    if site.value in facts.vocabulary.codes("bone_site.weight_bearing"):
        return Finding(True, site.used)
    if site.value in facts.vocabulary.codes("bone_site.not_weight_bearing") or site.value is False:
        return Finding(False, site.used)
    return recorded if site.value is not None else unknown(site, recorded)


def vertebral(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the lesion lies in the spine, sacrum included."""
    return equals(_site(lesion), *facts.vocabulary.codes(_SPINE))


def _site(lesion: RecordedItem) -> Finding:
    """Return the bone site; False where the lesion is not in bone at all."""
    site = lesion.finding("site")
    if site.value is None:
        organ = lesion.finding("organ")
        if organ.value is not None and organ.value != "bone":
            return Finding(False, organ.used)
    return site


def critical_site(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the site is critical: a threatened cord, as stated, or cervical (the source's example).

    A thoracic or lumbar lesion beside cord signs is unknown until somebody says whether it threatens the cord.
    """
    threat = lesion.finding("cord_threat")
    if threat.value is True:
        return threat
    recorded = lesion.recorded("critical_site")
    if recorded.value is not None:
        return recorded
    site = _site(lesion)
    if site.value is None:
        return site
    if site.value in facts.vocabulary.codes("bone_site.critical"):
        return Finding(True, site.used)
    signs = facts.finding("symptoms.cord_signs")
    with_signs = facts.vocabulary.codes("bone_site.critical_with_cord_signs")
    if site.value in with_signs and signs.value and not threat.used:
        return unknown(f"{lesion.path}.cord_threat", recorded)
    return Finding(False, site.used)


def definite_lysis(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether lysis is definite: the reader's answer, else by pattern."""
    recorded, pattern = lesion.recorded("definite_lysis"), lesion.finding("bone_pattern")
    if recorded.value is not None:
        return recorded
    if pattern.value in _PATTERNS:
        return known(pattern.value == "lytic", pattern)
    return unknown(recorded, pattern)


def solitary(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the lesion is solitary: as stated, or the only bone lesion of the complete list."""
    recorded = lesion.recorded("solitary")
    if recorded.value is not None or lesion.finding("organ").value != "bone":
        return recorded
    in_bone = tally_once(facts, "lesions", _in_bone)
    if in_bone.possible > 1:
        return recorded
    return known(True, *in_bone.found) if in_bone.whole else unknown(recorded, "lesions")


def _in_bone(lesion: Item) -> Finding:
    return equals(lesion.finding("organ"), "bone")


def impending_fracture(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether fracture is impending; unknown only in a weight-bearing lesion with destruction or severe pain.

    Elsewhere nothing recorded means no, in a bone that may or may not bear weight too.
    """
    recorded = lesion.recorded("impending_fracture")
    if recorded.used:
        return recorded
    endangered = (
        lesion.finding("structural_destruction").value is True or lesion.finding("pain_significant").value is True
    )
    if endangered and lesion.finding("weight_bearing").value is True:
        return unknown(f"{lesion.path}.impending_fracture")
    return recorded


def spinal_instability(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the spine is unstable there; a lesion outside the spine is not, unless somebody says so."""
    recorded = lesion.recorded("spinal_instability")
    if recorded.value is not None:
        return recorded
    site = _site(lesion)
    if site.value is None:
        return unknown(recorded, site)
    return recorded if site.value in facts.vocabulary.codes(_SPINE) else Finding(False, site.used)


def only_bone_scan(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether the lesion is seen on bone scan only and was not biopsied."""
    biopsied, imaging = lesion.finding("biopsied"), lesion.finding("imaging")
    if biopsied.value is True:
        return known(False, biopsied)
    return imaging if imaging.value is None else known(imaging.value == ("bone_scan",), imaging)


def imaged_ct(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether CT is among the modalities."""
    return _imaged(lesion, "ct")


def imaged_mri(facts: Facts, lesion: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether MRI is among the modalities."""
    return _imaged(lesion, "mri")


def _imaged(lesion: RecordedItem, modality: str) -> Finding:
    imaging = lesion.finding("imaging")
    if imaging.value is None:
        return imaging
    assert isinstance(imaging.value, tuple)
    return known(modality in imaging.value, imaging)
