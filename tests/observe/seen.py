"""What OpenTelemetry was told, in memory."""

from __future__ import annotations

import json
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext

from xdk_async import Telemetry
from xdk_async._core.observer import Observer
from xdk_async.telemetry import observer_of


class Seen:
    """A `Telemetry` of its own, and what came of it."""

    def __init__(self, *, propagate: bool = False) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = Telemetry(self.tracers, MeterProvider([self._reader]), propagate=propagate)

    @property
    def observer(self) -> Observer:
        found = observer_of(self.telemetry)
        assert found is not None
        return found

    def spans(self, kind: str) -> list[ReadableSpan]:
        """Those of a kind, by when they began."""
        found = [each for each in self._exporter.get_finished_spans() if each.kind.name == kind]
        return sorted(found, key=lambda each: each.start_time or 0)

    def metric(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        """Attributes and value of each series; of a histogram, how many values, and their sum."""
        data = self._reader.get_metrics_data()
        told: Any = json.loads(data.to_json()) if data else {"resource_metrics": []}
        scopes = (scope for resource in told["resource_metrics"] for scope in resource["scope_metrics"])
        found = [metric for scope in scopes for metric in scope["metrics"] if metric["name"] == name]
        points = [point for metric in found for point in metric["data"]["data_points"]]
        return [(p["attributes"], (p["count"], p["sum"]) if "count" in p else p["value"]) for p in points]

    def everything(self) -> str:
        """All of it as text."""
        data = self._reader.get_metrics_data()
        return "\n".join(each.to_json() for each in self._exporter.get_finished_spans()) + (
            data.to_json() if data else ""
        )


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def context(span: ReadableSpan) -> SpanContext:
    found: SpanContext | None = span.context
    assert found is not None
    return found
