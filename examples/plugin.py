"""A plugin within the EHR's own process: no network, no web framework, one engine for all threads.

python examples/plugin.py examples/patients/two-bone-agents.json
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from oncocds import Engine, Evaluation

ENGINE = Engine.load()  # once, when the plugin starts; Engine.load(policy=PATH) for the site's settings


def alerts(evaluation: Evaluation) -> Iterator[str]:
    """Yield what may interrupt a doctor: emergencies and contraindications, each with its passage."""
    for item in evaluation.advice:
        if item.status == "active" and item.tier in ("emergency", "contraindication"):
            for ground in item.grounds:
                quotes = " ".join(f"“{one.quote}”" for one in ground.passages if one.role == "states")
                yield f"{item.title.zh}：{ground.text.zh} {quotes}（{ground.rule}）"


def main(arguments: list[str]) -> int:
    """Evaluate the patient in a file and print what may interrupt, then what is missing."""
    if not arguments:
        print("usage: plugin.py PATIENT.json", file=sys.stderr)
        return 2
    evaluation = ENGINE.evaluate(Path(arguments[0]).read_bytes())
    print("\n".join(alerts(evaluation)) or "没有紧急或禁忌事项")
    print("还缺：" + "、".join(question.label.zh for question in evaluation.questions.clinician))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
