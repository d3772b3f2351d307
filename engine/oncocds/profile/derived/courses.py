"""Courses of radiotherapy and the lesions they aim at.

A course aims at the lesions it names. One that names none may aim at any lesion of the organ it treats.
"""

from __future__ import annotations

from collections.abc import Sequence

from oncocds.profile.finding import Facts, Finding, Item, RecordedItem
from oncocds.profile.kleene import NO, both, either, equals, known, unknown

_AT_THE_CORD = ("cervical_spine", "thoracic_spine", "lumbar_spine")
_IN_THE_CHEST = ("breast", "chest_wall", "regional_nodes", "lung", "mediastinum")
_BONES_OF_THE_CHEST = ("thoracic_spine", "rib", "sternum")
_ORGANS_OF_THE_CHEST = ("lung", "pleura")


def vertebral(facts: Facts, course: RecordedItem) -> Finding:
    """Return whether a target is a bone lesion at the spinal cord: cervical, thoracic or lumbar, not the sacrum.

    Without targets no recorded bone lesion at the cord means no; else the targets are what to ask for.
    """
    return _aimed(facts, course, [(lesion, _at_the_cord(lesion)) for lesion in facts.items("lesions") or ()])


def holds_lung(facts: Facts, course: RecordedItem) -> Finding:
    """Return whether the field holds lung: breast region, lung or mediastinum, or a bone of the chest as target.

    Origin: convention; the bones are the thoracic spine, ribs and sternum. Of a course to bone or to another site that
    names no targets, no recorded lesion in the chest means no; else the targets are what to ask for.
    """
    site = course.finding("site")
    if site.value in _IN_THE_CHEST:
        return known(True, site)
    if site.value in ("brain", "liver"):
        return known(False, site)
    if site.value is None:
        return unknown(site)
    return _aimed(facts, course, [(lesion, _in_the_chest(lesion)) for lesion in facts.items("lesions") or ()])


def _aimed(facts: Facts, course: RecordedItem, lesions: Sequence[tuple[Item, Finding]]) -> Finding:
    """Return whether a course aims at a lesion of some kind, given with each lesion."""
    targets = course.finding("targets")
    if targets.value:
        assert isinstance(targets.value, tuple)
        if facts.items("lesions") is None:  # the course names lesions that nobody has described yet
            return unknown("lesions")
        aimed = either(part for lesion, part in lesions if lesion.id in targets.value)
        return aimed if aimed.value is None else known(aimed.value, targets, aimed)
    asked = f"{course.path}.targets"
    if facts.items("lesions") is None:
        return unknown(asked)
    possible = either(part for _, part in lesions)
    if possible.value is False:
        return possible if possible.used else Finding(False, ("lesions",))
    return unknown(asked, possible)


def irradiated(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether radiotherapy of the lesion is recorded as ongoing or completed. Origin: convention."""
    return _covered(facts, lesion, ("ongoing", "completed"))


def planned_target(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the lesion is a target of radiotherapy that is planned or ongoing. Origin: convention."""
    return _covered(facts, lesion, ("planned", "ongoing"))


def sbrt_selected(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the lesion was selected for stereotactic radiotherapy: the radiation oncologist's judgement.

    Nothing recorded means no, but while radiotherapy of the lesion is planned or ongoing (or may be) it is unknown.
    """
    recorded = lesion.recorded("sbrt_selected")
    if recorded.value is not None or facts.items("radiotherapy") is None:
        return recorded if recorded.value is not None else NO
    treated = _covered(facts, lesion, ("planned", "ongoing"))
    return recorded if treated.value is not False else known(False, treated)


def _covered(facts: Facts, lesion: RecordedItem, statuses: Sequence[str]) -> Finding:
    courses = facts.items("radiotherapy")
    if courses is None:
        return unknown("radiotherapy")
    if not courses:
        return Finding(False, ("radiotherapy",))
    return either(both([equals(course.finding("status"), *statuses), _aims(course, lesion)]) for course in courses)


def _aims(course: Item, lesion: RecordedItem) -> Finding:
    targets, site, organ = course.finding("targets"), course.finding("site"), lesion.finding("organ")
    if targets.value:
        assert isinstance(targets.value, tuple)
        return known(lesion.id in targets.value, targets)
    if site.value is not None and organ.value is not None and site.value != organ.value:
        return known(False, site, organ)
    return unknown(f"{course.path}.targets", site, organ)


def _at_the_cord(lesion: Item) -> Finding:
    return both([equals(lesion.finding("organ"), "bone"), equals(lesion.finding("site"), *_AT_THE_CORD)])


def _in_the_chest(lesion: Item) -> Finding:
    organ, site = lesion.finding("organ"), lesion.finding("site")
    bone = both([equals(organ, "bone"), equals(site, *_BONES_OF_THE_CHEST)])
    return either([bone, equals(organ, *_ORGANS_OF_THE_CHEST)])
