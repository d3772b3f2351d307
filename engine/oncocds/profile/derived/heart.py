"""The heart under anti-HER2 therapy. The source gives no threshold: a clinician's word, or local policy."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown


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
