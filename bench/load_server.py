"""``python -m bench.load_server PORT WORKERS SECONDS``: the product as ``oncocds serve`` runs it, and an empty handler.

``SECONDS`` is the time limit of one request. Settings come from the environment.
"""

from __future__ import annotations

import logging
import sys

import uvicorn

from bench.web import with_empty_handler
from oncocds_api.app import create_app
from oncocds_api.serve import configuration
from oncocds_api.settings.settings import read_settings
from oncocds_api.tracing.logs import set_up_logging


def main() -> None:
    """Serve until ended."""
    port, workers, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    settings = read_settings()
    set_up_logging(settings.log_format)
    logging.getLogger("oncocds_api").setLevel(logging.ERROR)
    app = with_empty_handler(create_app(workers=workers, time_limit=seconds, settings=settings))
    uvicorn.Server(configuration(app, "127.0.0.1", port, settings, app.state.metrics.connection_ended)).run()


if __name__ == "__main__":
    main()
