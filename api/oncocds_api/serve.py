"""``oncocds serve``: one uvicorn process in front of the evaluation processes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import ssl
from collections.abc import Callable, Iterator
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EISDIR
from pathlib import Path
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Any

import uvicorn

from oncocds.errors import Problem
from oncocds_api.app import create_app
from oncocds_api.editions.editions import Editions
from oncocds_api.settings.exposure import refuse_plain_text, warnings
from oncocds_api.settings.settings import Settings, SettingsError
from oncocds_api.tracing.logs import set_up_logging
from oncocds_api.web.connections import bounded
from oncocds_api.workers.confined import undumpable

_LOG = logging.getLogger("oncocds_api")


def serve(host: str, port: int, workers: int, knowledge: Path | None, policy: Path | None, settings: Settings) -> int:
    """Serve until interrupted and return the exit code. SIGHUP reads knowledge, policy and overlay again.

    Raises ``SettingsError`` where that would not be safe.
    """
    set_up_logging(settings.log_format)
    undumpable()
    refuse_plain_text(host, settings)
    for sentence in warnings(host, settings):
        _LOG.warning(sentence)
    if settings.pid_file is not None:
        _refuse_unwritable(settings.pid_file)
    if port:
        _refuse_taken(host, port)
    with contextlib.nullcontext() if port else _bound(host) as listening:
        if listening is not None:
            port = listening.getsockname()[1]
        if "base_url" not in settings.model_fields_set:
            scheme = "http" if settings.tls_key is None else "https"
            settings = settings.model_copy(update={"base_url": f"{scheme}://{_shown(host)}:{port}"})
        app = create_app(knowledge, policy, workers, settings=settings)
        config = configuration(app, host, port, settings, app.state.metrics.connection_ended)
        server = _Server(config, app.state.editions, settings.pid_file)
        try:
            server.run(None if listening is None else [listening])
        except KeyboardInterrupt:
            return 0
        return 0 if server.started else 3


def _bound(host: str) -> socket:
    """Return a socket on a port that the system chose: its number is part of the address that the server is called by.

    Raises ``SettingsError``.
    """
    try:
        return create_server((host, 0), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        refused = Problem("/host", f"{host} cannot be listened on ({error.strerror})", "an address of this machine")
        raise SettingsError([refused]) from None


def _refuse_taken(host: str, port: int) -> None:
    """Raise ``SettingsError`` where a port cannot be had, before anything is started; what else fails uvicorn tells."""
    try:
        create_server((host, port), family=AF_INET6 if ":" in host else AF_INET).close()
    except OSError as error:
        if error.errno in (EADDRINUSE, EACCES, EADDRNOTAVAIL):
            why = f"{_shown(host)}:{port} cannot be listened on ({os.strerror(error.errno)})"
            expected = "a free port (--port N) of an address of this machine (--host)"
            raise SettingsError([Problem("/port", why, expected)]) from None


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


class _Server(uvicorn.Server):
    """Listens to SIGHUP, and writes its process id and address to a file for as long as it serves."""

    def __init__(self, config: uvicorn.Config, editions: Editions, pid_file: Path | None) -> None:
        super().__init__(config)
        self._editions = editions
        self._pid_file = pid_file
        self._written = False

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to serve."""
        # Before anybody can be told this process's id: unhandled, the signal would end it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._editions.ask)
        await super().startup(sockets)
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        scheme = "https" if self.config.is_ssl else "http"
        address = f"{scheme}://{_shown(_near(self.config.host))}:{port}"
        if sockets is not None:  # uvicorn names the address only where it opened the socket
            _LOG.info("listening on %s", address)
        if self._pid_file is not None:
            _write_pid_file(self._pid_file, address)
            self._written = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End."""
        if self._pid_file is not None and self._written:
            with contextlib.suppress(OSError):
                self._pid_file.unlink()
        await super().shutdown(sockets)


def _refuse_unwritable(path: Path) -> None:
    """Raise ``SettingsError`` where the file of the process id cannot be written, before anything is started."""
    with _pid_file_told(path):
        part = _part(path)
        part.touch()
        part.unlink()
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))


def _write_pid_file(path: Path, address: str) -> None:
    """Write process id and address, a line each. Raises ``SettingsError``."""
    with _pid_file_told(path):
        part = _part(path)
        part.write_text(f"{os.getpid()}\n{address}\n", "utf-8")
        part.replace(path)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}")


@contextlib.contextmanager
def _pid_file_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        refused = Problem(
            "/pid_file", f"{path} cannot be written ({error.strerror})", "a file in a folder that is there"
        )
        raise SettingsError([refused]) from None


def _near(host: str) -> str:
    """Return the address by which this machine reaches a server that listens on one."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
