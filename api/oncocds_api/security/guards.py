"""What stands before the routes: a check whose refusal is a problem document."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from fastapi import Request, Response

from oncocds.reading.strict_json import MAX_BYTES
from oncocds_api.requests.noting import Caller, note_caller
from oncocds_api.security.bearer import Bearer, Unauthorized
from oncocds_api.security.callers import Callers
from oncocds_api.security.key_sets import KeysUnavailable
from oncocds_api.security.signature import API_KEY, SIGNATURE, Keys
from oncocds_api.settings.key_settings import Role
from oncocds_api.settings.settings import Settings
from oncocds_api.web.bodies import MEDIA_TYPES, json_body
from oncocds_api.web.ending import at_end
from oncocds_api.web.problems import problem

_LOG = logging.getLogger("oncocds_api")
GUARD_PROBLEMS = ("unauthorized", "forbidden", "too-many")
Guard = Callable[[Request], Awaitable[None]]
RoleGuard = Callable[[Role], Guard]
"""Returns the guard that asks for a key with a role."""


class Answered(Exception):  # noqa: N818 - not an error: the answer is known before the route is reached
    """Carries the response to give instead of the route's."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def key_guard(keys: Keys, role: Role = "evaluate", most: int = MAX_BYTES) -> Guard:
    """Return the guard of plain JSON: an API key, or a signature over the body; nothing where no key is set.

    Whoever calls must have the role. A signed body is read up to ``most`` bytes.
    """

    async def check(request: Request) -> None:
        if not keys.asked_for:
            return
        try:
            if API_KEY in request.headers:
                caller = keys.check_api_key(request.headers[API_KEY])
            elif SIGNATURE in request.headers:
                body = await json_body(request, MEDIA_TYPES, most) if request.method == "POST" else b""
                if isinstance(body, Response):
                    raise Answered(body)
                query = request.url.query
                target = request.scope.get("raw_path", b"").decode("ascii", "replace") + (f"?{query}" if query else "")
                caller = keys.check_signature(request.headers, request.method, target, body)
            else:
                raise Unauthorized(f"a key ({API_KEY}) or a signature ({SIGNATURE}) is missing")
        except Unauthorized as error:
            raise Answered(_refusal(request, error, "ApiKey")) from None
        _let_in(request, caller, role)

    return check


def token_guard(settings: Settings, bearer: Bearer, keys: Keys) -> Guard:
    """Return the guard of CDS Hooks: the token of an accepted issuer for exactly this endpoint; none in development.

    An API key with the role ``hooks`` stands for a token, where none is sent.
    """

    async def check(request: Request) -> None:
        if settings.development:
            return
        try:
            if API_KEY in request.headers and "authorization" not in request.headers:
                _let_in(request, keys.check_api_key(request.headers[API_KEY]), "hooks")
                return
            if not settings.issuers:
                raise Unauthorized("no issuer is accepted: set 'issuers', or 'development' on a machine for trials")
            issuer = await bearer.check(request.headers.get("authorization"), settings.base_url + _below(request))
        except Unauthorized as error:
            raise Answered(_refusal(request, error, 'Bearer error="invalid_token"')) from None
        except KeysUnavailable:
            _LOG.error("the keys of an accepted issuer could not be fetched")
            raise Answered(problem("keys-unavailable")) from None
        _let_in(request, Caller("token", issuer, frozenset(("hooks",))), "hooks")

    return check


def _let_in(request: Request, caller: Caller, role: Role) -> None:
    """Note who calls, and count the request until it ends.

    Answers instead of the route where a role is missing (403), or where it is one request too many (429).
    """
    note_caller(request.scope, caller)
    if role not in caller.roles:
        route = getattr(request.scope.get("route"), "path", "(no route)")
        _LOG.warning("refused %s: the key '%s' lacks the role '%s'", route, caller.name, role)
        raise Answered(problem("forbidden", reason=f"The key lacks the role '{role}'."))
    callers: Callers = request.app.state.callers
    name = f"{caller.by} {caller.name}"
    seconds = callers.enter(name)
    if seconds is not None:
        raise Answered(problem("too-many", headers={"Retry-After": str(seconds)}))
    at_end(request.scope, lambda: callers.leave(name))


def _below(request: Request) -> str:
    """Return the path below the server's base: the base has the prefix, if there is one, already."""
    prefix: str = request.scope.get("root_path", "")
    return request.url.path.removeprefix(prefix)


def _refusal(request: Request, error: Unauthorized, challenge: str) -> Response:
    route = getattr(request.scope.get("route"), "path", "(no route)")
    _LOG.warning("refused %s: %s", route, error)
    return problem(
        "unauthorized", reason=f"{str(error)[:1].upper()}{str(error)[1:]}.", headers={"WWW-Authenticate": challenge}
    )
