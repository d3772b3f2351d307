"""The built wheel carries its knowledge, brings no web or test framework, and answers like the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENT = {"diagnosis": {"tumour_type": "breast"}, "symptoms": {"cord_signs": True}}


def run(*command: str, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel and what it depends on, and nothing else."""
    home = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(home), str(ROOT), cwd=home)
    venv.create(home / "env")
    python = home / "env" / "bin" / "python"
    wheel = next(home.glob("*.whl"))
    # durable-rules is compiled once per machine: pip takes it from its cache, or builds it as for any user. The pip of
    # this environment installs into that one, which needs none of its own.
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-compile", str(wheel), cwd=home)
    return python


def test_the_wheel_evaluates_with_the_shipped_knowledge(installed: Path, tmp_path: Path) -> None:
    code = (
        "import json, oncocds; from oncocds import Engine; "
        f"e = Engine.load().evaluate({PATIENT!r}, as_of='2026-01-01'); "
        "print(json.dumps([oncocds.__file__, e.model_dump(mode='json')]))"
    )
    where, shipped = json.loads(run(str(installed), "-c", code, cwd=tmp_path))
    assert str(ROOT / "engine") not in where
    from oncocds import Engine

    assert shipped == Engine.load().evaluate(PATIENT, as_of="2026-01-01").model_dump(mode="json")


def test_the_bare_install_brings_no_web_and_no_test_framework(installed: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.util as u, json; "
        "names = ('fastapi', 'uvicorn', 'starlette', 'pytest', 'hypothesis', 'gherkin'); "
        "print(json.dumps([m for m in names if u.find_spec(m)]))"
    )
    assert json.loads(run(str(installed), "-c", code, cwd=tmp_path)) == []


def test_a_missing_extra_is_said(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(installed.parent / "oncocds"), "serve"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "oncocds[api]" in done.stderr


def test_the_checkout_wins_over_a_shipped_copy() -> None:
    from oncocds.vocabulary.bundled import bundled_knowledge

    assert bundled_knowledge() == ROOT


def test_importing_the_engine_imports_no_web_framework(tmp_path: Path) -> None:
    code = "import sys, oncocds.engine; print([m for m in ('fastapi', 'uvicorn', 'pytest') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]"
