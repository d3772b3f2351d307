"""What a server that listens beyond its own machine leaves open, said when it starts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from oncocds.errors import Problem
from oncocds_api.settings.settings import Settings, SettingsError

_ANY = ("0.0.0.0", "::", "")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address; a name that is none of its own is taken to be reachable."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_plain_text(host: str, settings: Settings) -> None:
    """Raise ``SettingsError`` where patients would cross the network in plain text."""
    if is_loopback(host) or settings.proxy or settings.tls_key is not None:
        return
    raise SettingsError(
        [
            Problem(
                "/proxy",
                f"this server would listen on {host or 'every address'}, beyond this machine, without TLS",
                "'tls_certificate' and 'tls_key' (PEM files); or 'proxy: true', where only a proxy that ends TLS"
                " reaches this server; or --host 127.0.0.1",
            )
        ]
    )


def warnings(host: str, settings: Settings) -> Iterator[str]:
    """Yield a sentence for each thing that whoever reaches the server may do; nothing on loopback."""
    if is_loopback(host):
        return
    if not settings.api_keys and not settings.signing_keys:
        yield (
            f"OPEN: this server listens on {host or 'every address'}, beyond this machine, and no key is set. Whoever"
            " reaches it can send patients to /v1 and read the answers. Set api_keys or signing_keys, or bind to"
            " 127.0.0.1."
        )
    if settings.development:
        yield (
            f"OPEN: this server listens on {host or 'every address'} in development mode. Whoever reaches it can call"
            " CDS Hooks and send feedback without a token. Name issuers and take 'development' out."
        )
    if host in _ANY and "base_url" not in settings.model_fields_set:
        yield (
            "base_url is not set: the cards' links and the audience (aud) of tokens would begin with an address that"
            " nobody can call. Set base_url to the address that the EHR calls."
        )
