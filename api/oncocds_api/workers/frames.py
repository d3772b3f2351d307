"""Frames between the server and its worker processes: a length, a JSON header line, the content. Both ways the same."""

from __future__ import annotations

import json
import struct
from typing import Any

LENGTH = struct.Struct(">I")
LAST = "last"
"""The key of an answer's header that says: this process must answer nothing more."""
Frame = tuple[dict[str, Any], bytes]


def packed(header: dict[str, Any], content: bytes) -> bytes:
    """Return a frame as bytes."""
    payload = json.dumps(header).encode() + b"\n" + content
    return LENGTH.pack(len(payload)) + payload


def unpacked(payload: bytes) -> Frame:
    """Return header and content of a frame without its length."""
    header, _, content = payload.partition(b"\n")
    return json.loads(header), content
