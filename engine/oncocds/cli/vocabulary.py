"""``oncocds vocabulary``: the words that scenarios may use, all of them or those that a word names."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from oncocds.engine import load_bundled_or

if TYPE_CHECKING:
    from oncocds.scenarios.dictionary import Entry
    from oncocds.text import Language

_MANY = ("drug", "value")  # kinds that are not listed where no word is sought


def add_vocabulary(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those there are."""
    command = commands.add_parser(
        "vocabulary", help="the words that scenarios may use: sentences, facts, values, drugs …"
    )
    command.add_argument("word", nargs="*", help="a word to look up, in any name it has (default: list them)")
    command.add_argument("--lang", choices=("zh", "en"), default="zh")
    command.set_defaults(run=_vocabulary)


def _vocabulary(options: argparse.Namespace) -> int:
    from oncocds.scenarios.dictionary import KINDS, entries, look_up

    known = entries(load_bundled_or(options.knowledge, options.overlay))
    word, language = " ".join(options.word), options.lang
    zh = language == "zh"
    if not word:
        for kind, title in KINDS.items():
            of_kind = [entry for entry in known if entry.kind == kind]
            print(f"\n{title.in_(language)}（{len(of_kind)}）" if zh else f"\n{title.in_(language)} ({len(of_kind)})")
            if kind in _MANY:
                print("  查询：oncocds vocabulary 词" if zh else "  look one up: oncocds vocabulary WORD")
            else:
                print("\n".join(_line(entry, language) for entry in of_kind))
        return 0
    found, named = look_up(word, known)
    if not named:
        head = f"没有“{word}”" if zh else f"no '{word}'"
        near = ("；最接近的有：" if zh else "; the nearest:") if found else ""
        print(head + near, file=sys.stderr)
    for entry in found:
        print(f"{KINDS[entry.kind].in_(language)}  {_line(entry, language).strip()}")
    return 0 if named else 1


def _line(entry: Entry, language: Language) -> str:
    other = entry.name.en if language == "zh" else entry.name.zh
    others = dict.fromkeys((other, *entry.others))
    also = ("、" if language == "zh" else ", ").join(name for name in others if name != entry.name.in_(language))
    about = entry.about.in_(language)
    return "  " + "  |  ".join(part for part in (entry.name.in_(language), also, about) if part)
