"""Take the picture of the page that the README shows: ``python scripts/picture.py docs/page.png``."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time

import uvicorn
from playwright.sync_api import sync_playwright

from oncocds_api.app import create_app


def main(target: str) -> None:
    """Serve on a free port, load an example patient, open a passage, take the picture."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(workers=1), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "chromium-headless-shell")
        path = next(filter(None, map(shutil.which, names)), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 860}, locale="zh-CN")
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator(".summary").wait_for()
        page.select_option("#example", "two-bone-agents")
        page.locator(".item.critical .quote").first.click()
        page.locator("#source mark.hot").wait_for()
        page.wait_for_timeout(400)
        page.screenshot(path=target)
        browser.close()
    server.should_exit = True
    thread.join(timeout=20)


if __name__ == "__main__":
    main(sys.argv[1])
