"""``oncocds rules --derived``: how derived facts are concluded, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncocds.advice.result import Bilingual
from oncocds.cli.refused import unknown
from oncocds.engine import load_bundled_or
from oncocds.reference.derived import ORIGINS, DerivedPage, derived_pages
from oncocds.text import Language, Text

_READS = Text("所据资料", "reads")


def print_derived(knowledge: Path | None, name: str | None, language: Language, overlay: Path | None = None) -> int:
    """Print one derived fact, or all of them. Raises ``Refused`` for a name there is not."""
    pages = derived_pages(load_bundled_or(knowledge, overlay).vocabulary)
    if name is not None and name not in pages:
        raise unknown("derived fact", name, pages)
    for page in pages.values() if name is None else (pages[name],):
        print("\n".join(_lines(page, language)))
    return 0


def _lines(page: DerivedPage, language: Language) -> Iterator[str]:
    def say(text: Bilingual | Text) -> str:
        return text.in_(language)

    yield f"{page.id}  {say(page.title)}  ({say(ORIGINS[page.origin])})"
    yield f"  {say(page.text)}"
    if page.formula is not None:
        yield f"  = {say(page.formula)}"
    between = "、" if language == "zh" else ", "
    for table in page.tables:
        yield f"  {table.id}: {between.join(say(one.label) for one in table.codes)}"
    for number in page.numbers:
        unit = "" if number.unit == "1" else f" {say(number.unit_label)}"
        yield f"  {number.id}: {number.value:g}{unit}  {say(number.label)}"
    if page.reads:
        yield f"  {say(_READS)}: {between.join(f'{say(one.label)} [{one.fact}]' for one in page.reads)}"
