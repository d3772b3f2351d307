"""``oncocds serve``: one uvicorn process in front of the evaluation processes."""

from __future__ import annotations

import logging
from pathlib import Path

import uvicorn

from oncocds_api.app import create_app
from oncocds_api.exposure import warnings
from oncocds_api.settings import Settings


def serve(host: str, port: int, workers: int, knowledge: Path | None, policy: Path | None, settings: Settings) -> int:
    """Serve until interrupted and return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("oncocds_api").setLevel(logging.INFO)
    for sentence in warnings(host, settings):
        logging.getLogger("oncocds_api").warning(sentence)
    if "base_url" not in settings.model_fields_set:
        shown = f"[{host}]" if ":" in host else host
        settings = settings.model_copy(update={"base_url": f"http://{shown}:{port}"})
    app = create_app(knowledge, policy, workers, settings=settings)
    config = uvicorn.Config(app, host=host, port=port, access_log=False, log_level="info", timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)
    try:
        server.run()
    except KeyboardInterrupt:
        return 0
    return 0 if server.started else 3
