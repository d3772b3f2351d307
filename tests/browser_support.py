"""A browser for the tests of the pages: Chromium, a server of ours, pictures kept in ``reports/screenshots``."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from oncocds_api.app import create_app
from oncocds_api.settings.settings import Settings

SHOTS = Path(__file__).resolve().parent.parent / "reports" / "screenshots"
BROWSERS = (os.environ.get("CHROMIUM", ""), "chromium-headless-shell", "chromium", "chromium-browser")
"""The shell draws no window around the page, which is more than half of the work; ``CHROMIUM`` names another one."""
FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
NARROW, MIDDLE, WIDE = (400, 800), (1024, 768), (1440, 900)
PATIENCE = 120_000  # milliseconds: what is waited for comes or never does, and a busy machine does not decide which
STEADY = f"""(() => {{ const usual = setTimeout;
window.setTimeout = (run, time, ...more) => usual(run, time >= 2_000 ? time + {PATIENCE} : time, ...more); }})()"""
"""A call that the page gives up after seconds, and a mark that it takes away again, last here however busy it is."""
APPS: dict[str, FastAPI] = {}
"""The applications that are served here now, by their addresses."""

expect.set_options(timeout=PATIENCE)

HER2: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast", "extent": "metastatic", "laterality": "left"},
    "biomarkers": {"her2_status": "positive"},
    "cardiac": {"lvef_baseline": 62, "lvef_latest": 48},
    "lesions": [{"id": "T8", "organ": "bone", "site": "thoracic_spine", "status": "confirmed"}],
    "medications": [
        {"drug": "trastuzumab", "status": "active"},
        {"drug": "zoledronate", "status": "active"},
        {"drug": "denosumab", "status": "planned"},
    ],
    "radiotherapy": [{"site": "breast", "laterality": "left", "status": "planned"}],
}


@contextlib.contextmanager
def serving(settings: Settings, policy: Path | None = None) -> Iterator[str]:
    """Serve the application on a free port; the address."""
    app = create_app(policy=policy, workers=1, settings=settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    assert server.started, "the server ended at its start"
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    APPS[address] = app
    yield address
    del APPS[address]
    server.should_exit = True
    thread.join(PATIENCE / 1e3)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a server as it is shipped answers; a module with another site has a fixture of this name itself."""
    with serving(Settings()) as address:
        yield address


def steady(context: BrowserContext) -> BrowserContext:
    """Have nothing in a context be decided by how long it takes."""
    context.set_default_timeout(PATIENCE)
    context.add_init_script(STEADY)
    return context


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing = "chromium is missing: scripts/browser.sh installs it (apt-get install chromium-headless-shell)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *sandbox], timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page; whatever it complains of on its console, but for refusals by the server, fails the test."""
    complaints: list[str] = []
    with contextlib.ExitStack() as opened:

        def open_page(
            path: str = "/", size: tuple[int, int] = WIDE, scheme: str = "light", scripts: bool = True
        ) -> Page:
            context = steady(
                browser.new_context(
                    viewport={"width": size[0], "height": size[1]},
                    color_scheme=scheme,
                    reduced_motion="reduce",  # nothing fades: what is seen is there at once
                    locale="zh-CN",
                    base_url=address,
                    java_script_enabled=scripts,
                )
            )
            opened.callback(context.close)
            page = context.new_page()
            page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(path)
            return page

        yield open_page
        refused = ("401", "403", "413", "422", "429", "500", "503", "504")
        lost = (*(f"status of {code}" for code in refused), "net::ERR_")
        left = [one for one in complaints if not any(words in one for words in lost)]
        assert left == [], left


def shot(page: Page, name: str) -> None:
    """Keep a picture."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def with_example(page: Page, name: str = "two-bone-agents") -> Page:
    """Choose an example patient and wait for the advice."""
    page.locator(".summary").wait_for()
    page.select_option("#example", name)
    page.locator(".item").first.wait_for()
    return page


def offer(page: Page, text: str) -> None:
    """Paste a patient and have it checked: what would be filled in, or what is refused, is then shown."""
    if not page.locator("#paste-dialog").is_visible():
        page.locator("#paste").click()
    page.locator("#paste-text").evaluate("(box, text) => { box.value = text; }", text)
    page.locator("#paste-check").click()
    page.locator("#paste-take:visible, #paste-wrong:visible").wait_for()


def paste(page: Page, text: str) -> None:
    """Paste a patient and fill in what is accepted; a refusal stays in the dialog."""
    offer(page, text)
    if page.locator("#paste-take").is_visible():
        page.locator("#paste-take").click()


def with_patient(page: Page, patient: dict[str, Any] = HER2) -> Page:
    """Paste a patient and wait for the advice."""
    page.locator(".start").wait_for()
    paste(page, json.dumps(patient))
    page.locator("#answer[data-state=current] .columns").wait_for()
    return page


def fits(page: Page) -> bool:
    """Tell whether nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def violations(page: Page, *parts: str) -> list[tuple[str, list[object]]]:
    """What axe finds on a page: the rule broken, and where.

    It looks for seconds at a page with advice. Where a test is about a part that was not there before, ``parts`` names
    it by selectors: what holds of the page as a whole is looked at once in each state (``test_pages_size``).
    """
    found = Axe().run(page, {"include": [[one] for one in parts]} if parts else None).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
