"""Prepared knowledge is the knowledge that was read, used only while everything it was made from is unchanged."""

from __future__ import annotations

import dataclasses
import functools
import json
import marshal
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds import Engine, engine
from oncocds.engine import load_bundled_or, plan_of, read_knowledge
from oncocds.inference.generated import Generated
from oncocds.knowledge.digest import plain
from oncocds.language.tree import Not
from oncocds.vocabulary import code_loader, loader
from oncocds.vocabulary import prepared as module
from oncocds.vocabulary.code_loader import bundled_codes, load_codes
from oncocds.vocabulary.prepared import prepared

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what is kept."""
    monkeypatch.setattr(module, "FOLDER", tmp_path / "kept")
    return tmp_path / "kept"


def counting(values: list[str]) -> tuple[Callable[[], str], list[int]]:
    """A maker that returns the next value each time, and how often it was called."""
    called: list[int] = []

    def make() -> str:
        called.append(1)
        return values[len(called) - 1]

    return make, called


def test_prepared_knowledge_is_what_the_files_say() -> None:
    load_bundled_or(None)
    kept, read = load_bundled_or(None), read_knowledge(None)
    assert plain(kept) == plain(read)
    assert kept.digest == read.digest


def test_prepared_codes_are_what_the_files_say() -> None:
    read = load_codes(ROOT / "rules" / "vocabulary" / "codes", load_bundled_or(None).vocabulary)
    assert bundled_codes().digest == read.digest


def test_a_part_is_made_once_and_then_kept(folder: Path) -> None:
    make, called = counting(["made", "made again"])
    assert [prepared("part", make), prepared("part", make)] == ["made", "made"]
    assert len(called) == 1
    assert [path.name for path in folder.iterdir()] == ["part.bin"]


def test_what_was_made_from_other_files_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, _ = counting(["old", "new"])
    assert prepared("part", make) == "old"
    monkeypatch.setattr(module, "made_from_digest", lambda: "another")
    assert prepared("part", make) == "new"


def test_what_was_made_from_something_else_as_well_is_not_used(folder: Path) -> None:
    make, called = counting(["for one", "for another", "for one again", "for nothing else"])
    assert [prepared("part", make, "1a") for _ in range(2)] == ["for one", "for one"]
    assert [prepared("part", make, also) for also in ("2b", "1a", "")] == [
        "for another",
        "for one again",
        "for nothing else",
    ]
    assert len(called) == 4
    assert [path.name for path in folder.iterdir()] == ["part.bin"]


@pytest.mark.parametrize("changed", ["rules/version.yaml", "seeds/manifest.yaml", "engine/oncocds/text.py"])
def test_every_source_counts(changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("rules", "seeds", "engine/oncocds"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("rules/version.yaml", "seeds/manifest.yaml", "engine/oncocds/text.py", "engine/oncocds/note.txt"):
        (tmp_path / name).write_text("one", encoding="utf-8")
    monkeypatch.setattr(module, "bundled_knowledge", lambda: tmp_path)
    monkeypatch.setattr(module, "_PACKAGE", tmp_path / "engine" / "oncocds")
    digest = module.made_from_digest.__wrapped__
    before = digest()
    (tmp_path / "engine/oncocds/note.txt").write_text("two", encoding="utf-8")
    assert digest() == before
    (tmp_path / changed).write_text("two", encoding="utf-8")
    assert digest() != before


def test_what_is_kept_in_memory_is_forgotten_where_the_files_changed_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("rules", "seeds"):
        (tmp_path / folder).mkdir()
    changed = tmp_path / "rules" / "version.yaml"
    changed.write_text("one", encoding="utf-8")
    monkeypatch.setattr(module, "bundled_knowledge", lambda: tmp_path)
    digest = functools.cache(module.made_from_digest.__wrapped__)
    monkeypatch.setattr(engine, "made_from_digest", digest)
    for room, name in ((loader, "bundled_vocabulary"), (code_loader, "bundled_codes")):
        monkeypatch.setattr(room, name, functools.cache(object))
    kept = [digest(), loader.bundled_vocabulary(), code_loader.bundled_codes()]
    engine.forget_bundled()
    assert [digest(), loader.bundled_vocabulary(), code_loader.bundled_codes()] == kept
    changed.write_text("two", encoding="utf-8")
    engine.forget_bundled()
    now = [digest(), loader.bundled_vocabulary(), code_loader.bundled_codes()]
    assert all(new != old for new, old in zip(now, kept, strict=True))


@given(place=st.integers(min_value=0), flipped=st.integers(min_value=1, max_value=255))
def test_a_damaged_file_is_made_anew(place: int, flipped: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FOLDER", tmp_path_factory.mktemp("kept"))
        make, called = counting(["same", "same"])
        prepared("part", make)
        path = module.FOLDER / "part.bin"
        content = bytearray(path.read_bytes())
        content[place % len(content)] ^= flipped
        path.write_bytes(content)
        assert prepared("part", make) == "same"
        assert len(called) == 2


@pytest.mark.parametrize("length", [0, 1, 64, 129])
def test_half_a_file_is_made_anew(length: int, folder: Path) -> None:
    make, called = counting(["same", "same"])
    prepared("part", make)
    path = folder / "part.bin"
    path.write_bytes(path.read_bytes()[:length])
    assert prepared("part", make) == "same"
    assert len(called) == 2


def test_where_nothing_can_be_kept_it_is_made_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(module, "FOLDER", tmp_path / "file")
    make, called = counting(["one", "two"])
    assert [prepared("part", make), prepared("part", make)] == ["one", "two"]
    assert len(called) == 2


def test_a_start_from_what_is_prepared_reads_and_compiles_nothing() -> None:
    Engine.load()
    code = (
        "import builtins, sys; real = compile; titles = []\n"
        "builtins.compile = lambda source, title, *more, **named: "
        "(titles.append(title), real(source, title, *more, **named))[1]\n"
        "from oncocds import Engine; Engine.load()\n"
        "import json; print(json.dumps(["
        "'oncocds.knowledge.loader' in sys.modules, [t for t in titles if 'rules>' in str(t)]]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [False, []]


@dataclasses.dataclass(frozen=True)
class Told:
    """Something that is kept."""

    name: str
    examples: Sequence[str] = dataclasses.field(default=(), metadata=module.SELDOM)


@pytest.mark.usefixtures("folder")
def test_what_few_look_into_is_loaded_for_who_does(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[bytes] = []
    real = module.loaded
    monkeypatch.setattr(module, "loaded", lambda content: (loads.append(content), real(content))[1])
    made = Told("one", ("two", "three"))
    for _ in range(2):
        kept = prepared("part", lambda: made)
    assert (kept.name, len(loads)) == ("one", 1)
    assert (kept, hash(kept), repr(kept)) == (made, hash(made), repr(made))
    assert (list(kept.examples), len(kept.examples), kept.examples[1:], len(loads)) == (
        ["two", "three"],
        2,
        ("three",),
        2,
    )
    assert kept == real(module.dumped(kept)) != Told("one", ("two",))


def test_a_start_loads_no_examples() -> None:
    Engine.load()
    code = (
        "from oncocds.knowledge import models; made = []\n"
        "for kind in (models.Example, models.NoteExample, models.PrecedenceExample):\n"
        "    def init(self, *values, real=kind.__init__): made.append(1); real(self, *values)\n"
        "    kind.__init__ = init\n"
        "from oncocds import Engine; knowledge = Engine.load().knowledge; before = len(made)\n"
        "every = [*knowledge.rules.values(), *knowledge.notes.values(), *knowledge.precedence]\n"
        "import json; print(json.dumps([before, sum(len(one.examples) for one in every) == len(made) > 0]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [0, True]


def test_a_start_from_what_is_prepared_imports_nothing_that_reads_writes_or_proves_knowledge() -> None:
    Engine.load()
    code = (
        "import sys; from oncocds import Engine; Engine.load()\n"
        "from oncocds.advice.first import Brought; from oncocds.profile.groups import Diagnosis\n"
        "from oncocds.advice.result import ConflictView, Evaluation, Ground, RecipientView\n"
        "models = Evaluation, Ground, Diagnosis, Brought, ConflictView, RecipientView\n"
        "import json; print(json.dumps([sorted(sys.modules), "
        "[m.__name__ for m in models if m.__pydantic_complete__]]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported, built = json.loads(done.stdout)
    unneeded = {"yaml", "z3", "fastapi", "sqlalchemy", "oncocds.reading.yaml", "oncocds.reading.record"}
    unneeded |= {"oncocds.vocabulary.loader", "oncocds.vocabulary.code_loader", "oncocds.knowledge.loader", "difflib"}
    assert unneeded.isdisjoint(imported)
    assert built == []


def test_a_start_does_not_look_for_garbage() -> None:
    code = (
        "import gc, json, sys; looked = []\n"
        "class Watch:\n"
        "    def find_spec(self, name, *_):\n"
        "        if gc.isenabled() and name.startswith('oncocds.'): looked.append(name)\n"
        "sys.meta_path.insert(0, Watch())\n"
        "from oncocds import Engine; import oncocds.engine; real = oncocds.engine.Inference\n"
        "oncocds.engine.Inference = lambda plan: (looked.append(gc.isenabled()), real(plan))[1]\n"
        "Engine.load(); print(json.dumps([looked, gc.isenabled()]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [["oncocds.uncollected", False], True]


def test_models_that_were_not_built_yet_answer_as_ever() -> None:
    code = (
        "from oncocds import Engine\n"
        "answer = Engine.load().evaluate({'diagnosis': {'tumour_type': 'breast'}, 'symptoms': {'cord_signs': True}})\n"
        "json = answer.model_dump_json(); again = type(answer).model_validate_json(json)\n"
        "assert again == answer and answer.advice[0].grounds[0].model_dump(), json\n"
        "assert answer.model_copy().model_dump_json() == json"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_knowledge_named_by_path_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncocds.engine.prepared", lambda *_: pytest.fail("it must be read"))
    assert load_bundled_or(ROOT).digest == read_knowledge(None).digest


def test_a_prepared_plan_concludes_what_one_made_anew_does() -> None:
    Engine.load()
    known = load_bundled_or(None)
    kept, made = plan_of(known), plan_of(dataclasses.replace(known))
    assert kept is plan_of(known)  # prepared, for this very knowledge
    assert made is not kept
    for one, other in (made.features, kept.features), (made.reading, kept.reading):
        assert marshal.loads(one.code) == marshal.loads(other.code)
    assert marshal.loads(made.explanation.code.code) == marshal.loads(kept.explanation.code.code)
    assert marshal.loads(made.supposed.atoms.code) == marshal.loads(kept.supposed.atoms.code)
    same = {"features": kept.features, "reading": kept.reading}
    supposed = dataclasses.replace(made.supposed, atoms=kept.supposed.atoms)
    explanation = dataclasses.replace(made.explanation, code=kept.explanation.code)
    assert dataclasses.replace(made, **same, explanation=explanation, supposed=supposed) == kept


def test_other_knowledge_is_never_answered_from_the_prepared_plan() -> None:
    known = load_bundled_or(None)
    conditions = {**known.conditions, "BCBM-62": Not(known.conditions["BCBM-62"])}
    assert plan_of(dataclasses.replace(known, conditions=conditions)).program != plan_of(known).program


def test_generated_source_runs_the_same_after_it_was_kept() -> None:
    made = Generated.of("answer = 6 * 7\n", "<a test>")
    assert made.run({})["answer"] == pickle.loads(pickle.dumps(made)).run({})["answer"] == 42


def test_engines_of_one_prepared_knowledge_share_what_durable_rules_never_gives_back() -> None:
    one, other = Engine.load(), Engine.load(policy={"elderly_age": 40})
    assert one._inference is other._inference
    knowledge = one.knowledge
    changed = dataclasses.replace(
        knowledge, conditions={**knowledge.conditions, "BCBM-60": Not(knowledge.conditions["BCBM-60"])}
    )
    assert changed.digest == knowledge.digest  # a copy that somebody changed by hand
    assert Engine(changed, one.policy)._inference is not one._inference
