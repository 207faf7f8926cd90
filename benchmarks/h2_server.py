"""`GET /2/users/me` over HTTP/2, for what that costs a client."""

from __future__ import annotations

import asyncio
from typing import cast

import h2.config
import h2.connection
import h2.events

from benchmarks import content


class H2Connection(asyncio.Protocol):
    """One client's connection: any request is answered with the small body and the headers given."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self._body = content.packed(content.ME)
        self._headers = [(":status", "200"), *headers, ("content-length", str(len(self._body)))]
        self._state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._state.initiate_connection()
        self._transport.write(self._state.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._state.receive_data(data):
            if isinstance(event, h2.events.StreamEnded):
                self._state.send_headers(event.stream_id, self._headers)
                self._state.send_data(event.stream_id, self._body, end_stream=True)
        self._transport.write(self._state.data_to_send())
