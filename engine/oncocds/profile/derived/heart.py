"""The heart under anti-HER2 therapy. The source gives no threshold: a clinician's word, or local policy."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import NO, known, unknown


def marked_lvef_decline(facts: Facts) -> Finding:
    """Return whether LVEF fell markedly: the clinician's answer, else baseline − latest ≥ ``policy.lvef_drop_abs``.

    Origin: local policy. A latest value at or above the baseline is no fall, whatever the policy; a single value
    decides where no other could make the fall large enough.
    """
    asserted = facts.finding("cardiac.marked_decline")
    if asserted.value is not None:
        return asserted
    baseline, latest = facts.finding("cardiac.lvef_baseline"), facts.finding("cardiac.lvef_latest")
    threshold = facts.finding("policy.lvef_drop_abs")
    highest = baseline.value if isinstance(baseline.value, int | float) else 100.0
    lowest = latest.value if isinstance(latest.value, int | float) else 0.0
    fall = round(highest - lowest, 6)
    if fall <= 0:
        return known(False, baseline, latest)
    if isinstance(threshold.value, int | float):
        if fall < threshold.value:
            return known(False, baseline, latest, threshold)
        if baseline.value is not None and latest.value is not None:
            return known(True, baseline, latest, threshold)
    return unknown(asserted, baseline, latest, threshold)


def lvef_change(facts: Facts) -> Finding:
    """Return the latest LVEF less the baseline, in percentage points: below zero where it fell.

    Origin: convention; the source speaks of a fall and gives no way to count it. Rounded as the fall itself is.
    """
    baseline, latest = facts.finding("cardiac.lvef_baseline"), facts.finding("cardiac.lvef_latest")
    if not isinstance(baseline.value, int | float) or not isinstance(latest.value, int | float):
        return unknown(baseline, latest)
    return known(round(latest.value - baseline.value, 6), baseline, latest)


def lvef_in_question(facts: Facts) -> Finding:
    """Return whether the latest LVEF forbids to speak of safety until somebody has judged it.

    It is below the baseline and whether that is a marked fall is undecided, or it is below 50 % whatever the baseline
    (origin: convention, see ``rules/vocabulary/derivations.yaml``). A clinician's word on a marked fall settles it.
    What is not measured forbids nothing, and asks nothing.
    """
    if facts.finding("cardiac.marked_decline").value is not None:
        return NO
    latest, baseline = facts.finding("cardiac.lvef_latest"), facts.finding("cardiac.lvef_baseline")
    if not isinstance(latest.value, int | float):
        return NO
    if latest.value < facts.vocabulary.numbers["lvef_normal_from"].value:
        return known(True, latest)
    if not isinstance(baseline.value, int | float) or latest.value >= baseline.value:
        return NO
    undecided = facts.finding("derived.marked_lvef_decline").value is None
    return known(True, baseline, latest) if undecided else NO
