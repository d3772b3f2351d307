"""``python -m bench.load_server PORT WORKERS SECONDS``: the product as ``oncocds serve`` runs it, and an empty handler.

``SECONDS`` is the time limit of one request. Settings come from the environment.
"""

from __future__ import annotations

import logging
import sys

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oncocds_api.app import create_app
from oncocds_api.logs import set_up_logging
from oncocds_api.serve import configuration
from oncocds_api.settings import read_settings


async def _empty(request: Request) -> Response:
    await request.body()
    return Response(b"{}", media_type="application/json")


def main() -> None:
    """Serve until ended."""
    port, workers, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    settings = read_settings()
    set_up_logging(settings.log_format)
    logging.getLogger("oncocds_api").setLevel(logging.ERROR)
    app = create_app(workers=workers, time_limit=seconds, settings=settings)
    app.router.routes.insert(0, Route("/bench/empty", _empty, methods=["POST"]))
    uvicorn.Server(configuration(app, "127.0.0.1", port, settings, app.state.metrics.connection_ended)).run()


if __name__ == "__main__":
    main()
