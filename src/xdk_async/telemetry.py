"""Whether and where OpenTelemetry is told what a client does. Loads it only if it is wanted."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Protocol

from xdk_async._core.given import check_type
from xdk_async._core.observer import Observer


class GivesTracers(Protocol):
    """An OpenTelemetry `TracerProvider`."""

    def get_tracer(self, *arguments: Any, **more: Any) -> Any:
        """A tracer for one library."""
        ...


class GivesMeters(Protocol):
    """An OpenTelemetry `MeterProvider`."""

    def get_meter(self, *arguments: Any, **more: Any) -> Any:
        """A meter for one library."""
        ...


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where traces and metrics go."""

    tracer_provider: GivesTracers | None = None
    """Makes the spans; OpenTelemetry's global one if left out."""
    meter_provider: GivesMeters | None = None
    """Takes the metrics; OpenTelemetry's global one if left out."""
    propagate: bool = False
    """Whether to send X the `traceparent` header, and so your trace ids."""


def observer_of(telemetry: bool | Telemetry | None) -> Observer | None:
    """Who is told; None if nobody is.

    Args:
        telemetry: None to tell OpenTelemetry if the program has imported its SDK, since its API is what libraries import;
            True to tell it if it is installed.
    """
    if telemetry is None:
        telemetry = "opentelemetry.sdk" in sys.modules
    if telemetry is False:
        return None
    check_type("telemetry=", telemetry, (bool, Telemetry), "True, False, None or a Telemetry")
    try:
        from xdk_async.otel import OpenTelemetry
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("opentelemetry"):
            raise
        return None
    return OpenTelemetry(Telemetry() if telemetry is True else telemetry)
