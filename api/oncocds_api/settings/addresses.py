"""Whom a server knows by an address: the EHRs whose tokens it accepts, those that open its page, FHIR servers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, model_validator

from oncocds_api.settings.key_settings import STRICT

# What stands in a header as it is: a host (or its subdomains) and a port, no sign that would begin something else.
_ORIGIN = re.compile(
    r"https?://(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)
LOCAL = "http://127.0.0.1:8000"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _address(value: str) -> str:
    parts = urlsplit("")
    try:
        parts = urlsplit(value)
        whole = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and value.isprintable()
    except ValueError:  # it would repeat the value
        whole = False
    if not whole or parts.scheme not in ("http", "https"):
        raise ValueError("expected an absolute http or https URL without a user")
    if parts.query or parts.fragment:
        raise ValueError("expected a URL without query and fragment")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if value == "*":
        return value
    plain = _address(value)
    if not _ORIGIN.fullmatch(plain):
        raise ValueError("expected an origin such as https://ehr.example.org, without a path")
    return plain


def _key_set_address(value: str) -> str:
    _address(value)
    return value


Address = Annotated[str, AfterValidator(_address)]
Origin = Annotated[str, AfterValidator(_origin)]
KeySetAddress = Annotated[str, AfterValidator(_key_set_address)]
Algorithm = Literal["ES384", "RS384", "ES256"]


class Issuer(BaseModel):
    """An EHR whose signed tokens are accepted: its ``iss``, and where its public keys are.

    ``jku`` are the only addresses its keys are fetched from; ``jwks`` is a file with a JWK Set: its keys are used
    whatever ``jku`` a token names. ``algorithms`` are those it may sign with: ES256, which the specification does not
    recommend, only where it is named.
    """

    model_config = STRICT

    iss: str = Field(min_length=1)
    jku: tuple[KeySetAddress, ...] = ()
    jwks: Path | None = None
    algorithms: tuple[Algorithm, ...] = Field(default=("ES384", "RS384"), min_length=1)

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        if not self.jku and self.jwks is None:
            raise ValueError("expected 'jku' (addresses of JWK Sets) or 'jwks' (a file with one)")
        return self


class SmartServer(BaseModel):
    """An EHR that may open the page with SMART on FHIR: its FHIR server's address, and the page's ``client_id`` there.

    ``origins`` are those of its authorization endpoints, where they are not the FHIR server's own; ``name`` is what the
    page calls it. There is no secret: the page is a public client.
    """

    model_config = STRICT

    iss: Address
    client_id: str = Field(min_length=1)
    name: str | None = Field(default=None, min_length=1)
    origins: tuple[Origin, ...] = ()

    @model_validator(mode="after")
    def _exact(self) -> Self:
        if any("*" in address for address in (self.iss, *self.origins)):
            raise ValueError("expected exact addresses, without '*'")
        return self


class FhirLimits(BaseModel):
    """How long a hook call may fetch from a FHIR server, and how much is fetched from it at once."""

    model_config = STRICT

    seconds: float = Field(default=3.0, gt=0, le=30)
    at_once: int = Field(default=8, ge=1, le=1000)


def secure(address: str) -> bool:
    """Tell whether what is sent to an address cannot be read on the way."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in LOOPBACK
