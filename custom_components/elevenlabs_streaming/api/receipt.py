"""What the service says of cost, identity, and connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re
from typing import Any

import aiohttp

_COST = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True)
class Receipt:
    """What the server says of one utterance while it is spoken."""

    credits: int | None = None
    reused: bool = False
    """Whether the newest connection was open already, where `connection_trace` tells."""
    request_ids: list[str] = field(default_factory=list)

    def read_headers(self, headers: Mapping[str, str]) -> None:
        """Record what the headers of an answer say of cost and identity."""
        cost = headers.get("character-cost") or headers.get("x-character-count") or ""
        if _COST.fullmatch(cost):
            self.credits = (self.credits or 0) + int(cost)
        if request_id := headers.get("request-id"):
            self.request_ids.append(request_id)


def connection_trace() -> aiohttp.TraceConfig:
    """Return what a session needs to tell receipts whether their connections were open."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_reused)
    trace.on_connection_create_start.append(_note_new)
    return trace


async def _note_reused(_session: aiohttp.ClientSession, context: Any, _params: object) -> None:
    if isinstance(receipt := context.trace_request_ctx, Receipt):
        receipt.reused = True


async def _note_new(_session: aiohttp.ClientSession, context: Any, _params: object) -> None:
    if isinstance(receipt := context.trace_request_ctx, Receipt):
        receipt.reused = False
