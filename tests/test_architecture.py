"""What the documents say of rooms, rule files and vocabulary files is so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import references
from oncocds.language.parse import parse_condition
from oncocds.reading.marks import Mapping
from oncocds.reading.yaml import read_yaml
from oncocds.vocabulary.bundled import bundled_knowledge

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "engine" / "oncocds"
DOCS = ROOT / "docs"
COHORT = ROOT / "engine" / "oncocds_cohort"
SERVER = ROOT / "api" / "oncocds_api"


def rooms(table: str) -> list[str]:
    """Return the rooms that a table of the document names, in its order."""
    rows = (DOCS / "architecture.md").read_text("utf-8").partition(f"| {table} | what |\n")[2].partition("\n\n")[0]
    return [name for row in re.findall(r"(?m)^\| (`.*?`) \|", rows) for name in re.findall(r"`(\w+)`", row)]


ROOMS = rooms("room")
COHORT_ROOMS = rooms("room of cohorts")
SERVER_ROOMS = rooms("room of the server")
LANGUAGE = (DOCS / "rule-language.md").read_text("utf-8")
CONDITIONS = re.findall(r"```yaml\n(.*?)```", LANGUAGE, re.DOTALL)


def imported(path: Path, package: str = "oncocds") -> Iterator[str]:
    """Yield the rooms of a package that a module imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name.split(".")[1] for name in names if name.startswith(f"{package}."))


def test_the_rooms_are_those_of_the_document() -> None:
    folders = {path.name for path in ENGINE.iterdir() if path.is_dir() and not path.name.startswith("_")}
    modules = {path.stem for path in ENGINE.glob("*.py") if not path.stem.startswith("_")}
    assert set(ROOMS) == folders | modules


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_rooms_above_it_only(room: str) -> None:
    files = list((ENGINE / room).rglob("*.py")) or [ENGINE / f"{room}.py"]
    allowed = {*ROOMS[: ROOMS.index(room)], room}
    assert {name for path in files for name in imported(path)} <= allowed


def test_the_rooms_of_cohorts_are_in_the_document() -> None:
    assert {path.stem for path in COHORT.iterdir() if not path.name.startswith("_")} <= set(COHORT_ROOMS)


@pytest.mark.parametrize("room", COHORT_ROOMS)
def test_a_room_of_cohorts_imports_rooms_above_it_only(room: str) -> None:
    files = [*(COHORT / room).rglob("*.py"), *COHORT.glob(f"{room}.py")]
    allowed = {*COHORT_ROOMS[: COHORT_ROOMS.index(room)], room}
    assert {name for path in files for name in imported(path, "oncocds_cohort")} <= allowed


def test_the_rooms_of_the_server_are_those_of_the_document() -> None:
    assert {path.stem for path in SERVER.iterdir() if path.suffix in ("", ".py") and path.name[0] != "_"} == set(
        SERVER_ROOMS
    )


@pytest.mark.parametrize("room", SERVER_ROOMS)
def test_a_room_of_the_server_imports_rooms_above_it_only(room: str) -> None:
    files = [*(SERVER / room).rglob("*.py"), *SERVER.glob(f"{room}.py")]
    allowed = {*SERVER_ROOMS[: SERVER_ROOMS.index(room)], room}
    assert {name for path in files for name in imported(path, "oncocds_api")} <= allowed


def test_the_engine_knows_no_cohorts_but_where_a_command_asks_for_them() -> None:
    asking = {
        path.relative_to(ENGINE).parts[0]
        for path in ENGINE.rglob("*.py")
        if "oncocds_cohort" in path.read_text("utf-8")
    }
    assert asking <= {"cli"}


@pytest.mark.parametrize("text", CONDITIONS)
def test_the_conditions_of_the_document_are_read(knowledge: Knowledge, tmp_path: Path, text: str) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(text, "utf-8")
    node = read_yaml(path)
    assert isinstance(node, Mapping)
    when = node.get("when")
    assert when is not None
    condition = parse_condition(when, issues := [], knowledge.vocabulary)
    assert issues == []
    assert condition is not None
    assert set(references.concepts(condition)) <= set(knowledge.concepts)
    assert set(references.rules(condition)) <= set(knowledge.rules)


def test_every_key_of_a_file_of_knowledge_is_explained() -> None:
    keys: set[str] = set()
    for folder in (path for path in (bundled_knowledge() / "rules").iterdir() if path.is_dir()):
        for path in () if folder.name == "vocabulary" else list(folder.glob("*.yaml"))[:8]:
            node = read_yaml(path)
            keys |= {key.text for key, _ in node.entries} if isinstance(node, Mapping) else set()
    assert {key for key in keys if f"`{key}`" not in LANGUAGE} == set()


def test_every_file_of_the_vocabulary_is_explained() -> None:
    said = (DOCS / "vocabulary.md").read_text("utf-8")
    folder = bundled_knowledge() / "rules" / "vocabulary"
    assert {path.name for path in folder.iterdir() if f"`{path.name}{'/' * path.is_dir()}`" not in said} == set()
