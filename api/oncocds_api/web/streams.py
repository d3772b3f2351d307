"""Reading what others send, and no more of it than is allowed."""

from __future__ import annotations

from collections.abc import AsyncIterable


async def read_at_most(most: int, chunks: AsyncIterable[bytes]) -> bytes | None:
    """Return what is sent, or None as soon as it is more than ``most`` bytes."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)
