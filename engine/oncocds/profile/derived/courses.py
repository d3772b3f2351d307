"""Courses of radiotherapy and the lesions they aim at.

A course aims at the lesions it names. One that names none may aim at any lesion of the organ it treats.
"""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, Item, RecordedItem
from oncocds.profile.kleene import NO, both, either, equals, known, unknown
from oncocds.profile.lists import OfItem, absent, any_item, any_of_these, whole

_GIVEN, _CURRENT = "radiotherapy_status.given", "radiotherapy_status.current_or_planned"


def vertebral(facts: Facts, course: RecordedItem) -> Finding:
    """Return whether a target is a bone lesion at the spinal cord: cervical, thoracic or lumbar, not the sacrum.

    Without targets no recorded bone lesion at the cord means no; else the targets are what to ask for.
    """
    return _aimed(facts, course, lambda lesion: _at_the_cord(facts, lesion))


def holds_lung(facts: Facts, course: RecordedItem) -> Finding:
    """Return whether the field holds lung: breast region, lung or mediastinum, or a bone of the chest as target.

    Origin: convention; the bones are the thoracic spine, ribs and sternum. Of a course to bone or to another site that
    names no targets, no recorded lesion in the chest means no; else the targets are what to ask for.
    """
    site = course.finding("site")
    if site.value in facts.vocabulary.codes("radiotherapy_site.holds_lung"):
        return known(True, site)
    if site.value in facts.vocabulary.codes("radiotherapy_site.holds_no_lung"):
        return known(False, site)
    if site.value is None:
        return unknown(site)
    return _aimed(facts, course, lambda lesion: _in_the_chest(facts, lesion))


def _aimed(facts: Facts, course: RecordedItem, finding: OfItem) -> Finding:
    """Return whether a course aims at a lesion of some kind, which a finding of one lesion tells."""
    targets = course.finding("targets")
    if targets.value:
        assert isinstance(targets.value, tuple)
        # A course may name lesions that nobody has described yet.
        aimed = any_of_these(facts, "lesions", targets.value, finding)
        return aimed if aimed.value is None else known(aimed.value, targets, aimed)
    asked = f"{course.path}.targets"
    if absent(facts, "lesions"):
        return unknown(asked)
    possible = any_item(facts, "lesions", finding)
    return possible if possible.value is False else unknown(asked, possible)


def irradiated(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether radiotherapy of the lesion is recorded as ongoing or completed. Origin: convention."""
    return _covered(facts, lesion, _GIVEN)


def planned_target(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the lesion is a target of radiotherapy that is planned or ongoing. Origin: convention."""
    return _covered(facts, lesion, _CURRENT)


def sbrt_selected(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether the lesion was selected for stereotactic radiotherapy: the radiation oncologist's judgement.

    Nothing recorded means no, but while radiotherapy of the lesion is planned or ongoing (or may be) it is unknown.
    """
    recorded = lesion.recorded("sbrt_selected")
    if recorded.value is not None or absent(facts, "radiotherapy"):
        return recorded if recorded.value is not None else NO
    treated = _covered(facts, lesion, _CURRENT)
    if treated.value is None and not whole(facts, "radiotherapy"):  # a course may have been left out
        return unknown(recorded, "radiotherapy")
    return recorded if treated.value is not False else known(False, treated)


def _covered(facts: Facts, lesion: RecordedItem, statuses: str) -> Finding:
    wanted = facts.vocabulary.codes(statuses)
    return any_item(
        facts,
        "radiotherapy",
        lambda course: both([equals(course.finding("status"), *wanted), _aims(course, lesion)]),
    )


def _aims(course: Item, lesion: RecordedItem) -> Finding:
    targets, site, organ = course.finding("targets"), course.finding("site"), lesion.finding("organ")
    if targets.value:
        assert isinstance(targets.value, tuple)
        return known(lesion.id in targets.value, targets)
    if site.value is not None and organ.value is not None and site.value != organ.value:
        return known(False, site, organ)
    return unknown(f"{course.path}.targets", site, organ)


def _at_the_cord(facts: Facts, lesion: Item) -> Finding:
    return both(
        [
            equals(lesion.finding("organ"), "bone"),
            equals(lesion.finding("site"), *facts.vocabulary.codes("bone_site.at_the_cord")),
        ]
    )


def _in_the_chest(facts: Facts, lesion: Item) -> Finding:
    organ, site = lesion.finding("organ"), lesion.finding("site")
    bone = both([equals(organ, "bone"), equals(site, *facts.vocabulary.codes("bone_site.of_the_chest"))])
    return either([bone, equals(organ, *facts.vocabulary.codes("organ.of_the_chest"))])
