"""What the house tells about itself: figures for Prometheus, spans for OpenTelemetry, ids in logs.

Adapters say `telemetry.upstream(vendor=, code=)`. Nothing here decides anything, and no secret
may be given to it: attributes and labels are ids, names and codes.
"""

from catalyst.telemetry.shared import log_read, upstream

__all__ = ["log_read", "upstream"]
