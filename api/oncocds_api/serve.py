"""``oncocds serve``: one uvicorn process in front of the evaluation processes."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from oncocds.errors import Problem
from oncocds_api.app import create_app
from oncocds_api.connections import bounded
from oncocds_api.exposure import refuse_plain_text, warnings
from oncocds_api.logs import set_up_logging
from oncocds_api.settings import Settings, SettingsError


def serve(host: str, port: int, workers: int, knowledge: Path | None, policy: Path | None, settings: Settings) -> int:
    """Serve until interrupted and return the exit code. Raises ``SettingsError`` where that would not be safe."""
    set_up_logging(settings.log_format)
    refuse_plain_text(host, settings)
    for sentence in warnings(host, settings):
        logging.getLogger("oncocds_api").warning(sentence)
    if "base_url" not in settings.model_fields_set:
        shown = f"[{host}]" if ":" in host else host
        scheme = "http" if settings.tls_key is None else "https"
        settings = settings.model_copy(update={"base_url": f"{scheme}://{shown}:{port}"})
    app = create_app(knowledge, policy, workers, settings=settings)
    server = uvicorn.Server(configuration(app, host, port, settings, app.state.metrics.connection_ended))
    try:
        server.run()
    except KeyboardInterrupt:
        return 0
    return 0 if server.started else 3


def configuration(
    app: Any, host: str, port: int, settings: Settings, ended: Callable[[str], None] = lambda _why: None
) -> uvicorn.Config:
    """Return how uvicorn serves the application; ``ended`` is told why a connection was ended.

    Raises ``SettingsError`` where TLS's files cannot be used.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=bounded(settings.limits, ended),
        ws="none",
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_keyfile_password="-",  # else OpenSSL would ask a terminal for the password of a locked key
        timeout_keep_alive=settings.limits.keep_alive_seconds,
        access_log=False,
        log_config=None,  # its lines go where ours go
        timeout_graceful_shutdown=10,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:  # what uvicorn loads beside the application are these files
        expected = "a certificate and its key, two PEM files that can be read"
        raise SettingsError([Problem("/tls_key", f"{certificate} and {key}: {_why(error)}", expected)]) from None
    return config


def _why(error: OSError) -> str:
    return error.reason if isinstance(error, ssl.SSLError) else error.strerror or type(error).__name__
