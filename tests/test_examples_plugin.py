"""The plugin example runs as its first lines say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_plugin_prints_what_may_interrupt_and_what_is_missing() -> None:
    command = [sys.executable, "examples/plugin.py", "examples/patients/two-bone-agents.json"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600).stdout
    first, *_, last = printed.strip().splitlines()
    assert first.startswith("不同的骨改良药物不可同时使用：")
    assert "“不同种类的骨改良药物不可同时使用”（BCBM-62）" in first
    assert last.startswith("还缺：")
    assert "基线LVEF" in last
