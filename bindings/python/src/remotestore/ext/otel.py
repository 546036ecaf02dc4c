"""Spans and metrics of OpenTelemetry for what is asked of a store.

    >>> from remotestore import MemoryBackend, Store
    >>> store = otel_observe(Store(MemoryBackend()))
    >>> store.exists("a")  # a span store.exists, if a tracer provider is set
    False
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional

try:
    from opentelemetry import metrics, trace  # type: ignore[import-not-found, unused-ignore]
except ImportError as _error:
    raise ImportError("this needs the package opentelemetry-api: pip install opentelemetry-api") from _error

from .observe import ObservedStore, StoreEvent, observe

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter  # type: ignore[import-not-found, unused-ignore]
    from opentelemetry.trace import Tracer  # type: ignore[import-not-found, unused-ignore]

    from .._store import Store

__all__ = ["otel_hooks", "otel_observe"]


def otel_hooks(
    *,
    tracer_name: str = "remote_store",
    meter_name: str = "remote_store",
    tracer: Optional[Tracer] = None,
    meter: Optional[Meter] = None,
) -> Dict[str, Any]:
    """What :func:`.observe.observe` takes as ``around`` and ``on_any``, for a span around each operation, and the
    metrics ``remote_store.operations``, ``.operation.duration`` (in seconds) and ``.errors``. All names are those of
    remote-store.

    :param tracer: in the place of the one with that name of the global provider; meter likewise
    """
    spans = tracer or trace.get_tracer(tracer_name)
    numbers = meter or metrics.get_meter(meter_name)
    operations = numbers.create_counter("remote_store.operations", "1", "Operations of stores")
    durations = numbers.create_histogram("remote_store.operation.duration", "s", "How long operations take")
    errors = numbers.create_counter("remote_store.errors", "1", "Operations that failed")

    @contextlib.contextmanager
    def around(operation: str, path: str, backend: str) -> Iterator[None]:
        about = {"remote_store.operation": operation, "remote_store.backend": backend, "remote_store.path": path}
        with spans.start_as_current_span(f"store.{operation}", kind=trace.SpanKind.CLIENT, attributes=about) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    def on_any(event: StoreEvent) -> None:
        about = {"operation": event.operation, "backend": event.backend}
        operations.add(1, {**about, "status": "ok" if event.error is None else "error"})
        if event.error is not None:
            about["error.type"] = type(event.error).__name__
            errors.add(1, about)
        durations.record(event.duration_ms / 1000, about)

    return {"around": around, "on_any": on_any}


def otel_observe(store: Store, **options: Any) -> ObservedStore:
    """A store around this one that is observed so. The options are those of :func:`otel_hooks`."""
    return observe(store, **otel_hooks(**options))
