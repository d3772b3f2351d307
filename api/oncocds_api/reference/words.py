"""The pages' own words for the closed sets of the answer."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.explaining.result import Truth
from oncocds.knowledge.models import EvidenceLevel, Urgency, Verdict
from oncocds.text import Text

URGENCY_WORDS: Mapping[Urgency, Text] = {
    "critical": Text("紧急", "critical"),
    "warning": Text("注意", "warning"),
    "info": Text("参考", "information"),
}
LEVELS: Mapping[EvidenceLevel, Text] = {
    "guideline": Text("引用指南", "cites a guideline"),
    "trial": Text("试验", "trial"),
    "expert-opinion": Text("专家意见", "expert opinion"),
    "editorial": Text("编者文字", "editorial"),
    "patient-education": Text("患者科普", "patient education"),
}
STATUSES: Mapping[str, Text] = {
    "checked": Text("已核对", "checked"),
    "memory": Text("凭记忆，未复核", "from memory, not checked"),
}
VERDICTS: Mapping[Verdict, Text] = {
    "fires": Text("成立", "fires"),
    "silent": Text("不成立", "silent"),
    "undetermined": Text("未定", "undetermined"),
}
TRUTHS: Mapping[Truth, Text] = {
    "true": Text("成立", "true"),
    "false": Text("不成立", "false"),
    "unknown": Text("未知", "unknown"),
}
TRUTH_MARKS: Mapping[Truth, str] = {"true": "✓", "false": "✗", "unknown": "?"}
CHANGES: Mapping[str, Text] = {
    "new": Text("新增", "New"),
    "gone": Text("不再有", "Gone"),
    "changed": Text("有变化", "Changed"),
}
