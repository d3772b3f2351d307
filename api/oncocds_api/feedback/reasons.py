"""Why advice is overridden: the reasons that a card and the page offer."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.text import Text

OVERRIDE_REASONS: Mapping[str, Text] = {
    "already-done": Text("已处理或正在进行", "Already done, or under way"),
    "not-applicable": Text("不适用于这位患者", "Does not apply to this patient"),
    "weighed": Text("已权衡，另有考虑", "Weighed up; decided otherwise"),
    "patient-declines": Text("患者不同意", "The patient declines"),
    "disagree": Text("不同意该依据", "Disagree with the source"),
    "data-wrong": Text("资料有误或已过时", "The data are wrong or out of date"),
    "later": Text("以后再处理", "Later"),
}
