"""What all tests share: one engine with the shipped policy, one with the strict one."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from pydantic_core import PydanticUndefined

import oncocds.engine
import oncocds.reading.yaml
from browser_support import address, browser, visit
from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import STRICT
from oncocds.vocabulary import prepared
from oncocds_api import app
from oncocds_api.feedback.entries import spool_folder
from oncocds_api.settings.settings import Settings
from patience import have_patience

__all__ = ["address", "browser", "visit"]  # fixtures

SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # no law fails for a busy machine
settings.register_profile("steady", derandomize=True, **SLOW)
settings.register_profile("random", derandomize=False, print_blob=True, **SLOW)  # make explore
settings.load_profile("steady")


_found_in_modules = providers._get_local_constants
_NO_CONSTANTS = providers.Constants()


def constants_of_modules() -> providers.Constants:
    """The constants of our code that examples are made with; none for examples that must be the same each time.

    hypothesis takes them from whatever is imported, and that depends on which tests ran before in the same process.
    """
    return _NO_CONSTANTS if settings().derandomize else _found_in_modules()


providers._get_local_constants = constants_of_modules

have_patience()


# Many tests read a copy of the knowledge with one file changed. Nodes are frozen: the other files are parsed once.
oncocds.reading.yaml.parsed = lru_cache(maxsize=2_000)(oncocds.reading.yaml.parsed)


# Some thirty modules load the bundled knowledge before the first test runs: 10 MB each, in each process of tests.
_load, _USUAL = oncocds.engine.load_bundled_or, prepared.FOLDER


@cache
def _bundled(_: str) -> Knowledge:
    return _load(None)


def load_bundled_once_or(knowledge: Path | str | None, overlay: Path | str | None = None) -> Knowledge:
    """Return the bundled knowledge as it was loaded, unless its files changed or a test keeps it elsewhere."""
    if knowledge is None and overlay is None and prepared.FOLDER == _USUAL:
        return _bundled(prepared.made_from_digest())
    return _load(knowledge, overlay)


oncocds.engine.load_bundled_or = load_bundled_once_or


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """One more than there are processors, for ``-n auto``, unless the environment says how many.

    A test of a page or of a server waits for a part of its time: for the quarter of a second after which a page asks
    again, for a worker that starts anew. Nobody has to be idle meanwhile.
    """
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return here + 1


def pytest_collection_finish() -> None:
    settle()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem is not None and nextitem.path != item.path:
        settle()


def settle() -> None:
    """Look for garbage from now on only among what tests make anew.

    What is imported, collected or kept for other files stays to the end; to look through it again and again takes more
    than a quarter of the time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return oncocds.engine.load_bundled_or(None)


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine.load()


@pytest.fixture(scope="session")
def strict(knowledge: Knowledge) -> Engine:
    return Engine(knowledge, STRICT)


@pytest.fixture
def without_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``check`` run neither the examples of rules nor those of whole answers, which takes seconds each time."""
    for name in ("failed_examples", "failed_answers"):
        monkeypatch.setattr(f"oncocds.examples.{name}", lambda *_: [])


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a server keeps where it was started goes to a folder of this run, as long as a test runs in the checkout."""
    started, folder = Path.cwd(), tmp_path_factory.mktemp("server")
    for name, kind in (("feedback_database", str), ("audit_log", Path)):
        field = Settings.model_fields[name]
        usual, field.default = field.default, PydanticUndefined
        here = kind(str(usual).replace("oncocds-", f"{folder}/oncocds-"))
        field.default_factory = lambda usual=usual, here=here: here if Path.cwd() == started else usual
    Settings.model_rebuild(force=True)

    def spool(settings: Settings) -> Path:
        found = spool_folder(settings)
        return folder / found if Path.cwd() == started else found

    app.spool_folder = spool  # type: ignore[attr-defined]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line which rules the scenarios show, where the report of this run was written."""
    report = Path(__file__).parent.parent / "reports" / "rules-and-scenarios.md"
    ran = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    if report.exists() and any("test_no_cell_is_empty" in each.nodeid for each in ran):
        totals = report.read_text(encoding="utf-8").splitlines()[2]
        terminalreporter.write_line(f"{report}: {totals}")
