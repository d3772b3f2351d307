"""What every request meets first: the path below which the server is deployed, and HEAD."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Entrance:
    """ASGI middleware. ``prefix`` is the path of ``base_url``, empty for a server with an address of its own.

    Requests go on with the path that the client called, whether a proxy took the prefix away or not. Redirects name a
    path alone: scheme and host are the client's. HEAD is answered as GET is, without the body.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "location" in headers:
                    headers["location"] = urlsplit(headers["location"])._replace(scheme="", netloc="").geturl()
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        path, raw = scope["path"], scope.get("raw_path") or b""
        if not (path == self._prefix or path.startswith(f"{self._prefix}/")):
            path, raw = self._prefix + path, self._prefix.encode() + raw
        elif path == self._prefix:
            path, raw = f"{path}/", raw + b"/"
        inner = {**scope, "path": path, "raw_path": raw, "root_path": self._prefix}
        await self._app({**inner, "method": "GET"} if head else inner, receive, told)
