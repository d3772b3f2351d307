"""What is locked covers what is declared; the bounds agree; the stand-in for a function that Python 3.13 removed."""

from __future__ import annotations

import importlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import pytest_xdist_auto_num_workers
from oncocds.inference import native

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
SHIPPED = [*PYPROJECT["project"]["dependencies"], *EXTRAS["api"], *EXTRAS["postgresql"]]
DECLARED = [*SHIPPED, *(line for lines in EXTRAS.values() for line in lines if not line.startswith("oncocds["))]


def locked(name: str) -> dict[str, str]:
    """Return version and hashes of each package in a lock."""
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", (ROOT / name).read_text("utf-8").strip()))
    return {name: rest for name, _, rest in (block.partition("==") for block in blocks)}


@pytest.mark.parametrize(
    ("lock", "declared"),
    [("requirements.lock", SHIPPED), ("requirements-test.lock", DECLARED)],
    ids=["shipped", "tests"],
)
def test_a_lock_holds_all_that_is_declared_within_its_bounds(lock: str, declared: list[str]) -> None:
    versions = {name: rest.split()[0] for name, rest in locked(lock).items()}
    for requirement in map(Requirement, declared):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {lock}: make lock"
        assert requirement.specifier.contains(version), f"{requirement} but {lock} has {version}: make lock"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_has_a_hash_for_every_package_and_no_address(lock: str) -> None:
    without = [name for name, rest in locked(lock).items() if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest)]
    assert without == []
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert "-index" not in text


def test_what_is_tested_is_what_is_shipped() -> None:
    """In version and hashes; a package may be wanted on more machines for the tests than for what is shipped."""
    shipped, tested = (
        {name: re.sub(r" ;[^\\\n]*", " ", rest) for name, rest in locked(lock).items()}
        for lock in ("requirements.lock", "requirements-test.lock")
    )
    assert {name: rest for name, rest in shipped.items() if tested.get(name) != rest} == {}


def test_the_wheel_is_built_with_what_it_runs_with() -> None:
    bounds = {r.name: r.specifier for r in map(Requirement, PYPROJECT["project"]["dependencies"])}
    build = {r.name: r.specifier for r in map(Requirement, PYPROJECT["build-system"]["requires"])}
    assert {name: build[name] for name in ("pydantic", "pyyaml")} == {n: bounds[n] for n in ("pydantic", "pyyaml")}


LOCK = (ROOT / "requirements-test.lock").read_text("utf-8")


def test_what_the_project_runs_on_is_tested_at_its_lowest_version_and_the_test_tools_as_locked() -> None:
    constraints = runpy.run_path(str(ROOT / "scripts" / "lowest.py"))["constraints"](PYPROJECT["project"], LOCK)
    pinned = {canonicalize_name(name): version for name, version in (line.split("==") for line in constraints)}
    declared = {canonicalize_name(Requirement(line).name): Requirement(line).specifier for line in DECLARED}
    assert set(pinned) == set(declared)
    run = [*PYPROJECT["project"]["dependencies"], *(line for name in EXTRAS if name != "test" for line in EXTRAS[name])]
    for name in (canonicalize_name(Requirement(line).name) for line in run):
        assert pinned[name] in {bound.version for bound in declared[name]}
    assert all(f"{name}=={pinned[name]} " in LOCK for name in ("hypothesis", "schemathesis"))


def test_an_upper_bound_or_none_is_refused() -> None:
    constraints = runpy.run_path(str(ROOT / "scripts" / "lowest.py"))["constraints"]
    with pytest.raises(SystemExit, match="pydantic"):
        constraints({"dependencies": ["pydantic<3"], "optional-dependencies": {"test": []}}, LOCK)


def matrix(folder: Path, setup: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the matrix with a setting up of our own, which is given the environment to make and the constraints."""
    (folder / "scripts").mkdir()
    for name in ("scripts/matrix.sh", "scripts/lowest.py", "scripts/differing.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements-test.lock").write_text(LOCK, "utf-8")
    made = folder / "scripts" / "setup.sh"
    made.write_text(f"#!/bin/sh\n{setup}\n", "utf-8")
    made.chmod(0o755)
    ours = {name: value for name, value in os.environ.items() if name not in ("NEWEST", "TESTS", "WORKERS")}
    around = {**ours, "PYTHON": sys.executable, "PYENV_ROOT": str(folder), **environment}
    return subprocess.run(
        ["sh", "scripts/matrix.sh"], cwd=folder, env=around, capture_output=True, text=True, check=False
    )


def made(does: str) -> str:
    """A setting up that makes an environment whose Python, asked for pytest, does something, and is ours else."""
    python = f'#!/bin/sh\\ncase $2 in pytest) {does};; *) exec {sys.executable} "$@";; esac\\n'
    return f"mkdir -p $1/bin; printf '{python}' > $1/bin/python; chmod +x $1/bin/python"


@pytest.mark.parametrize(
    ("setup", "says", "code"),
    [
        ("echo no such version; exit 1", "cannot be set up here, UNTESTED: no such version", 0),
        (made("exit 1"), "FAILED", 1),
        (made("exit 0"), "passed", 0),
    ],
)
def test_the_matrix_names_what_it_cannot_have_and_fails_for_tests_alone(
    tmp_path: Path, setup: str, says: str, code: int
) -> None:
    run = matrix(tmp_path, setup)
    assert run.returncode == code, run.stderr
    assert f"lowest declared versions: {says}" in run.stdout
    assert "Python 3.14" in run.stdout


@pytest.mark.parametrize(
    ("setup", "says", "code"),
    [
        ("echo two want different versions; exit 1", "UNTESTED: two want different versions", 1),
        ("test -f $3 && test ! -s $3 || exit 1; " + made("exit 1"), "FAILED", 1),
        ("test -f $3 && test ! -s $3 || exit 1; " + made("exit 0"), "passed", 0),
    ],
)
def test_under_the_newest_versions_what_cannot_be_set_up_fails_too(
    tmp_path: Path, setup: str, says: str, code: int
) -> None:
    run = matrix(tmp_path, setup, NEWEST="1")
    assert run.returncode == code, run.stderr
    assert re.search(rf"newest versions: .*{says}", run.stdout)
    assert "Python 3.14" not in run.stdout
    assert ("not as in requirements-test.lock" in run.stdout) is ("UNTESTED" not in says)


def test_versions_that_are_not_those_of_the_lock_are_named() -> None:
    differing = runpy.run_path(str(ROOT / "scripts" / "differing.py"))["differing"]
    lock = (
        "a-b==1.0 \\\n    --hash=sha256:0\nc==1 ; python_version < '3.12' \\\nc==2 ; python_version >= '3.12'\nd==4\n"
    )
    found = {"A_b": "1.1", "c": "1", "e": "5", "oncocds": "0", "pip": "1"}
    assert list(differing(lock, found)) == ["a-b 1.1 (the lock: 1.0)", "e 5 (the lock: none)"]


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stand-in") / "_callobject.so"
    hook = runpy.run_path(str(ROOT / "scripts" / "prepare_wheel.py"))
    hook["compile_stand_in"](ROOT / "engine" / "oncocds" / "inference" / "callobject.c", made)
    return made


NEEDY = """
extern void *PyEval_CallObject(void *, void *);
void *call(void) { return PyEval_CallObject(0, 0); }
"""


def test_a_module_that_names_the_function_loads_with_the_stand_in_and_a_call_ends_the_process(
    stand_in: Path, tmp_path: Path
) -> None:
    needy = tmp_path / "needy.so"
    source = tmp_path / "needy.c"
    source.write_text(NEEDY)
    compiler = shutil.which("cc")
    assert compiler
    subprocess.run([compiler, "-shared", "-fPIC", "-Wl,-z,now", "-o", str(needy), str(source)], check=True)
    code = (
        "import ctypes, sys; ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL); needy = ctypes.CDLL(sys.argv[2]); "
        "print('loaded', flush=True); needy.call()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(stand_in), str(needy)], capture_output=True, text=True, check=False
    )
    if sys.version_info >= (3, 13):
        assert (done.stdout.strip(), done.returncode) == ("loaded", -6)
        assert "PyEval_CallObject" in done.stderr
    else:
        assert done.stdout.strip() == "loaded"


def absent(_: str) -> Any:
    raise ImportError("durable_rules_engine.so: undefined symbol: PyEval_CallObject")


def test_without_the_stand_in_the_import_says_how_to_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib, "import_module", absent)
    monkeypatch.setattr(native, "STAND_IN", tmp_path / "_callobject.so")
    with pytest.raises(ImportError, match="CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject") as raised:
        native.native_module()
    assert raised.value.__suppress_context__


def test_the_stand_in_is_loaded_before_the_second_try(monkeypatch: pytest.MonkeyPatch, stand_in: Path) -> None:
    tries: list[str] = []

    def second_time(name: str) -> Any:
        tries.append(name)
        return absent(name) if len(tries) == 1 else "the module"

    loaded: list[str] = []
    monkeypatch.setattr(importlib, "import_module", second_time)
    monkeypatch.setattr(native, "STAND_IN", stand_in)
    monkeypatch.setattr(native.ctypes, "CDLL", lambda path, mode: loaded.append(f"{path} {mode}"))
    assert native.native_module() == "the module"
    assert loaded == [f"{stand_in} {native.ctypes.RTLD_GLOBAL}"]


def test_any_other_fault_of_the_import_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> Any:
        raise ImportError("libc.so.7: cannot open shared object file")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(ImportError, match=r"libc\.so\.7"):
        native.native_module()


@pytest.mark.parametrize(
    ("there", "root", "installs", "code"),
    [
        (("chromium-headless-shell",), True, "", 0),
        (("chromium",), True, "chromium-headless-shell", 0),
        (("chromium",), False, "", 0),
        (("chromium-browser",), False, "", 0),
        ((), False, "", 1),
    ],
)
def test_pages_are_tested_in_any_chromium_that_is_here_and_the_shell_is_installed_where_it_may_be(
    tmp_path: Path, there: tuple[str, ...], root: bool, installs: str, code: int
) -> None:
    """A registry that cannot be reached does not matter where there is a browser."""
    asked = tmp_path / "asked"
    programs = dict.fromkeys(there, "exit 0") | {
        "id": f"echo {0 if root else 1000}",
        "apt-get": f'echo "$@" >> {asked}\ntest $1 = update',
    }
    for name, does in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    around = {"PATH": str(tmp_path), "CI": "true"}
    command = ["/bin/sh", str(ROOT / "scripts" / "browser.sh")]
    done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("missing: chromium" in done.stderr) == bool(code)
    told = asked.read_text("utf-8") if asked.exists() else ""
    assert (installs in told) if installs else told == ""


@pytest.mark.parametrize(("said", "workers"), [("", 3), ("1", None)])
def test_there_is_a_worker_more_than_processors_unless_the_environment_says_how_many(
    monkeypatch: pytest.MonkeyPatch, said: str, workers: int | None
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", said)
    assert pytest_xdist_auto_num_workers() == workers
