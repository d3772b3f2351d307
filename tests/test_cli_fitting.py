"""What is written to a terminal is broken between words, under the text that it goes on with; elsewhere it is left."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds.cli import main
from oncocds.cli.fitting import fitted, width
from oncocds.vocabulary.bundled import bundled_knowledge

PATIENT = str(bundled_knowledge() / "examples" / "patients" / "two-bone-agents.json")
RULE = r"[A-Z][A-Z0-9]+-\d\d"
ALPHABET = "aB1-_:[]()，。；“”（）脊柱不稳钙 ‼·→é\u0301"


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("short", "short"),
        (
            "  ! Creatinine is there, but creatinine clearance cannot be told  (BCBM-53)",
            "  ! Creatinine is there, but creatinine\n    clearance cannot be told  (BCBM-53)",
        ),
        (
            "  ‼ 病灶 L1：脊柱不稳？若“是”→ 脊柱不稳或脊髓压迫：警报  (RETBM-14)",
            "  ‼ 病灶 L1：脊柱不稳？若“是”→ 脊柱不稳或\n    脊髓压迫：警报  (RETBM-14)",
        ),
        (  # what closes does not begin a line
            "二三四五六七八九十二三四五六七八九十一二，三",
            "二三四五六七八九十二三四五六七八九十一\n二，三",
        ),
        ("[corrected calcium of this patient: 2.05 mmol/L]", "[corrected calcium of this patient:\n2.05 mmol/L]"),
    ],
)
def test_a_long_line_goes_on_under_its_text(line: str, shown: str) -> None:
    assert fitted(line, 41) == shown


@given(st.text(ALPHABET + "\n", max_size=400), st.integers(40, 120))
def test_nothing_is_lost_and_no_line_is_too_wide_that_can_be_broken(text: str, columns: int) -> None:
    shown = fitted(text, columns)
    assert squeezed(shown) == squeezed(text)
    for line in shown.split("\n"):
        assert width(line.rstrip()) <= columns or not re.search(r"[脊柱不稳钙]{3}| \S+ ", line.strip())
    assert fitted(text, 39) == text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "command", [["evaluate"], ["evaluate", "--full"], ["explain", "BCBM-62"], ["rules", "RETBM-14"]], ids=" ".join
)
def test_a_terminal_of_80_columns_breaks_no_line_and_no_id(
    command: list[str], language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [*command, *([] if command[0] == "rules" else [PATIENT]), "--lang", language]
    assert main(arguments) == 0
    plain = capsys.readouterr().out
    assert any(width(line) > 80 for line in plain.split("\n"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert squeezed(shown) == squeezed(plain)
    assert [line for line in shown.split("\n") if width(line) > 80] == []
    assert re.findall(RULE, shown) == re.findall(RULE, plain)
