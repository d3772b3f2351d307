"""Words for the closed sets of rules, for whoever shows them."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.knowledge.models import Kind
from oncocds.text import Text

KINDS: Mapping[Kind, Text] = {
    "recommendation": Text("建议", "recommendation"),
    "contraindication": Text("禁忌", "contraindication"),
    "caution": Text("警示", "caution"),
    "monitoring": Text("监测", "monitoring"),
    "diagnostic": Text("检查", "diagnostic"),
    "question": Text("补充资料", "question"),
    "education": Text("知识", "education"),
    "evidence": Text("佐证", "evidence"),
}
