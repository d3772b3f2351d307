"""Who may send a patient through the page where keys are asked for."""

from __future__ import annotations

from typing import Literal

from oncocds_api.settings.settings import Settings

Asked = Literal["nothing", "key", "signature"]


def asked_of_the_page(settings: Settings) -> Asked:
    """Return what the page must bring: nothing, an API key that its user enters, or a signature, which it cannot make.

    No secret key goes to a browser: where only signing keys are set, the page says that it cannot evaluate.
    """
    if settings.page_access == "open" or not (settings.api_keys or settings.signing_keys):
        return "nothing"
    return "key" if settings.api_keys else "signature"
