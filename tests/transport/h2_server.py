"""An HTTP/2 server that does what it is told with each request, spoken by h2 itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Literal, TypeAlias

import h2.config
import h2.connection
import h2.errors
import h2.events

from tests.client.fakes import listening
from tests.transport.servers import server_tls

Does: TypeAlias = Literal[
    "answers", "goes away", "goes away before it", "goes away within", "refuses", "resets", "resets within", "hangs up",
    "stays", "speaks nonsense",
]  # fmt: skip
BODY = b'{"data":{"id":"7","username":"x"}}'


class Http2Server:
    """Follows a script, a word for each request, the last again and again."""

    def __init__(self, *script: Does) -> None:
        self.script = list(script)
        self.arrivals: list[str] = []  # methods
        self.connections = 0
        self.closed_streams: list[int] = []
        self.address = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        writer.write(state.data_to_send())
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                for event in state.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        self.arrivals.append(dict(event.headers)[b":method"].decode())
                    elif isinstance(event, h2.events.StreamEnded):
                        assert event.stream_id is not None
                        if not self.do(state, event.stream_id, writer):
                            return
                    elif isinstance(event, h2.events.StreamReset):
                        assert event.stream_id is not None
                        self.closed_streams.append(event.stream_id)
                writer.write(state.data_to_send())

    def do(self, state: h2.connection.H2Connection, stream: int, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        does = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        length = {"answers": len(BODY)}.get(does, 1000)
        if does in ("answers", "goes away within", "resets within"):
            state.send_headers(stream, [(":status", "200"), ("content-length", str(length))])
            state.send_data(stream, BODY, end_stream=does == "answers")
        codes = h2.errors.ErrorCodes
        if does in ("goes away", "goes away within"):
            state.close_connection(codes.ENHANCE_YOUR_CALM, last_stream_id=stream)
        elif does == "goes away before it":
            state.close_connection(codes.NO_ERROR, last_stream_id=stream - 2 if stream > 1 else 0)
        elif does == "refuses":
            state.reset_stream(stream, codes.REFUSED_STREAM)
        elif does in ("resets", "resets within"):
            state.reset_stream(stream, codes.INTERNAL_ERROR)
        elif does == "speaks nonsense":
            writer.write(b"\xff" * 100)
        writer.write(state.data_to_send())
        return does in ("answers", "refuses", "resets", "resets within", "stays")


@contextlib.asynccontextmanager
async def http2_server(*script: Does) -> AsyncGenerator[Http2Server]:
    """Such a server, over TLS."""
    tls = server_tls("127.0.0.1")
    tls.set_alpn_protocols(["h2"])
    server = Http2Server(*script)
    async with listening(server, tls) as address:
        server.address = address.replace("http:", "https:")
        yield server
