"""OpenTelemetry is told what a client does.

Names are those of its semantic conventions for HTTP clients (https://opentelemetry.io/docs/specs/semconv/http/); what they
have no name for is called `xdk_async.…`. Nothing secret gets in: no header, no body, and of a query only the names.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from opentelemetry import metrics, propagate, trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from xdk_async._core.limits import RateLimit
from xdk_async._core.observer import Outset
from xdk_async._version import __version__
from xdk_async.telemetry import Telemetry

# The buckets that the conventions ask for.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
LONG = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900)
METHODS = frozenset(("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"))
OPERATION, ERROR = "xdk_async.operation", "error.type"
REFRESH = "oauth2.refresh"


@dataclass(slots=True)
class Going:
    """A call that goes on."""

    operation: str
    requests: int = 0


CALL: ContextVar[Going | None] = ContextVar("xdk_async_call", default=None)


class Gauge(Protocol):
    """OpenTelemetry's own, which it exports without a public name."""

    def set(self, amount: float, attributes: Mapping[str, str] | None = None) -> None:
        """Put down what it reads now."""
        ...


class Instruments:
    """What is measured."""

    def __init__(self, meter: metrics.Meter) -> None:
        self.duration: metrics.Histogram = meter.create_histogram(
            "http.client.request.duration", "s", "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )  # fmt: skip
        self.limit: Gauge = meter.create_gauge(
            "xdk_async.limit.remaining", "{call}", "Calls that the window had left, as X said last."
        )
        self.wait: metrics.Histogram = meter.create_histogram(
            "xdk_async.wait.duration", "s", "Waits of calls: for windows, for a distance, before repetitions.",
            explicit_bucket_boundaries_advisory=LONG,
        )  # fmt: skip
        self.refreshes: metrics.Counter = meter.create_counter(
            "xdk_async.token.refreshes", "{refresh}", "Attempts to renew a token."
        )
        self.lag: metrics.Histogram = meter.create_histogram(
            "xdk_async.stream.lag", "s", "From the making of an event to its arrival, by X's clock.",
            explicit_bucket_boundaries_advisory=LONG,
        )  # fmt: skip
        self.events: metrics.Counter = meter.create_counter(
            "xdk_async.stream.events", "{event}", "Events that streams brought."
        )
        self.reconnects: metrics.Counter = meter.create_counter(
            "xdk_async.stream.reconnects", "{connection}", "Connections of streams beyond the first."
        )
        self.connections: metrics.UpDownCounter = meter.create_up_down_counter(
            "xdk_async.stream.connections", "{connection}", "Connections of streams that are open."
        )


class OpenTelemetry:
    """An observer that makes spans and measures."""

    def __init__(self, telemetry: Telemetry) -> None:
        tracers = telemetry.tracer_provider or trace
        meters = telemetry.meter_provider or metrics
        self.tracer: Tracer = tracers.get_tracer("xdk_async", __version__)
        self.instruments: Instruments = Instruments(meters.get_meter("xdk_async", __version__))
        self.propagates: bool = telemetry.propagate

    @contextlib.contextmanager
    def call(self, operation: str) -> Generator[None]:
        """A span around all attempts and waits of a call."""
        token = CALL.set(Going(operation))
        span = self.tracer.start_span(operation, kind=SpanKind.INTERNAL, attributes={OPERATION: operation})
        try:
            with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
                try:
                    yield
                except BaseException as error:
                    fail(span, type(error).__name__)
                    raise
        finally:
            CALL.reset(token)

    def request(self, outset: Outset) -> OpenRequest:
        """A span for each request, and its duration."""
        return OpenRequest(self, outset)

    def waits(self, operation: str, why: str, seconds: float) -> None:
        """A wait that begins."""
        self.instruments.wait.record(seconds, {OPERATION: operation, "xdk_async.wait.reason": why})

    def stream_opened(self, stream: str, *, again: bool) -> None:
        """A stream is connected."""
        self.instruments.connections.add(1, {OPERATION: stream})
        if again:
            self.instruments.reconnects.add(1, {OPERATION: stream})

    def stream_closed(self, stream: str) -> None:
        """A stream has lost or closed its connection."""
        self.instruments.connections.add(-1, {OPERATION: stream})

    def stream_event(self, stream: str, lag: float | None) -> None:
        """An event of a stream."""
        self.instruments.events.add(1, {OPERATION: stream})
        if lag is not None:
            self.instruments.lag.record(lag, {OPERATION: stream})


class OpenRequest:
    """One request: a CLIENT span until the headers of its answer are there."""

    def __init__(self, owner: OpenTelemetry, outset: Outset) -> None:
        self._owner = owner
        self._operation = outset.operation
        self._start = time.perf_counter()
        known = outset.method in METHODS
        self._attributes: dict[str, str | int] = {
            "http.request.method": outset.method if known else "_OTHER",
            "server.address": outset.host,
            "server.port": outset.port,
        }
        if outset.template:
            self._attributes["url.template"] = outset.template
        method = outset.method if known else "HTTP"
        self.span: Span = owner.tracer.start_span(
            f"{method} {outset.template}" if outset.template else method,
            kind=SpanKind.CLIENT,
            attributes={**self._attributes, "url.full": without_values(outset.url), OPERATION: outset.operation},
        )
        call = CALL.get()
        if call is not None and call.operation == outset.operation:
            if call.requests:
                self.span.set_attribute("http.request.resend_count", call.requests)
            call.requests += 1

    def headers(self) -> Mapping[str, str]:
        """The trace's headers, if they are to be sent."""
        found: dict[str, str] = {}
        if self._owner.propagates:
            propagate.inject(found, trace.set_span_in_context(self.span))
        return found

    def answered(self, status: int, version: str, limits: Sequence[RateLimit]) -> None:
        """The end of the span."""
        self._attributes["http.response.status_code"] = status
        if version:
            self._attributes["network.protocol.version"] = version
        for limit in limits:
            if limit.remaining is not None:
                self._owner.instruments.limit.set(
                    limit.remaining, {OPERATION: self._operation, "xdk_async.limit.window": limit.window}
                )
        self._end(str(status) if status >= 400 else None)

    def failed(self, error: BaseException) -> None:
        """The end of the span, without an answer."""
        self._end(type(error).__name__)

    def _end(self, error: str | None) -> None:
        self.span.set_attributes(self._attributes)
        if error is not None:
            self._attributes[ERROR] = error
            fail(self.span, error)
        instruments = self._owner.instruments
        instruments.duration.record(
            time.perf_counter() - self._start, self._attributes, trace.set_span_in_context(self.span)
        )
        if self._operation == REFRESH:
            instruments.refreshes.add(1, {ERROR: error} if error is not None else {})
        self.span.end()


def fail(span: Span, error: str) -> None:
    """Mark a span as failed."""
    span.set_attribute(ERROR, error)
    span.set_status(StatusCode.ERROR)


def without_values(url: str) -> str:
    """An address with the names of its query alone: what is searched for may be private."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    names = (each.partition("=")[0] for each in parts.query.split("&"))
    return parts._replace(query="&".join(f"{name}=REDACTED" for name in names)).geturl()
