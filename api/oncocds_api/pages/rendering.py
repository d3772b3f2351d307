"""Templates become pages: in the reader's language, behind the site's prefix, and never kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from oncocds_api.settings.settings import Settings

POLICY = "Content-Security-Policy"


class Pages:
    """Renders templates; ``known`` are the values that all of them may read."""

    def __init__(self, settings: Settings, **known: Any) -> None:
        self.headers = {
            POLICY: policy(settings.frame_ancestors),
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        self.prefix = urlsplit(settings.base_url).path
        self._usual = settings.language
        self._environment = Environment(
            loader=PackageLoader("oncocds_api.pages"), autoescape=True, undefined=StrictUndefined
        )
        self._environment.trim_blocks = self._environment.lstrip_blocks = True
        self._environment.globals.update(
            hosts=settings.frame_ancestors, launch=None, smart=bool(settings.smart_servers), t=_both, **known
        )

    def __call__(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """Return the page of a template."""
        asked_for = request.query_params.get("lang")
        language = asked_for if asked_for in ("zh", "en") else self._usual
        asking = f"?lang={language}" if language != self._usual else ""
        told: dict[str, Any] = {"language": language, "usual_language": self._usual, "asking": asking}
        told["pane"] = request.query_params.get("pane") == "true"
        # Links begin at the root; behind a prefix at it. Words of users cannot hold a bare quotation mark.
        html = self._environment.get_template(template).render(**told, **values)
        prefixed = html.replace('="/', f'="{self.prefix}/') if self.prefix else html
        return HTMLResponse(prefixed, status, self.headers)


def policy(frame_ancestors: Sequence[str], connects: Sequence[str] = ()) -> str:
    """Return what a page may load and reach, and whose frame may hold it."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            " ".join(("connect-src 'self'", *connects)),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors " + (" ".join(frame_ancestors) or "'self'"),
        )
    )


def _both(text: Any, en: str | None = None) -> Markup:
    """Return words in both languages; the page shows one of them."""
    zh, english = (text, en) if en is not None else (text.zh, text.en)
    return Markup('<span lang="zh-CN">{}</span><span lang="en">{}</span>').format(zh, english)
