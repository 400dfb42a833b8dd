"""Logging as JSON lines on standard error, for this program and its libraries."""

import json
import logging
import sys
from asyncio import get_running_loop
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import orjson
import structlog

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The identifier of the current request; every log line of the request has it."""


class BestEffortStderr:
    """Standard error without errors: a line that cannot be written, as on a full disk, is dropped."""

    def write(self, line: bytes) -> None:
        """Write `line` or drop it."""
        with suppress(OSError):
            sys.stderr.buffer.write(line)

    def flush(self) -> None:
        """Flush the buffer; after a failure the next line tries again."""
        with suppress(OSError):
            sys.stderr.buffer.flush()


class RequestLog:
    """The access log: one line per request, written without a logger, which would be slower.

    The lines of one iteration of the event loop are written together: a system call for each line takes longer than a
    cached response.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._stream = BestEffortStderr()
        self._lines: list[bytes] = []
        self._disabled = not logging.getLogger().isEnabledFor(logging.INFO)

    def add(self, method: str, path: str, status: int, seconds: float, request_id: str) -> None:
        """Log one request and its duration; must be called within the event loop."""
        if self._disabled:
            return
        if not self._lines:
            get_running_loop().call_soon(self._write)
        line = {
            "event": "request",
            "method": method,
            "path": path,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "request_id": request_id,
            "level": "info",
            "logger": self._name,
            "timestamp": datetime.now(UTC),
        }
        self._lines.append(_as_json(line, str))

    def _write(self) -> None:
        lines, self._lines = [*self._lines, b""], []
        self._stream.write(b"\n".join(lines))
        self._stream.flush()


def configure_logs(level: str) -> None:
    """Send the log lines of this process of at least `level` to standard error, one JSON object per line.

    Lines of this program bypass the handlers of the standard library, which takes a fifth of the time.
    """
    shared: list[structlog.typing.Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # Local variables may hold a key or a whole record, which must not be logged.
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    stream = cast(BinaryIO, BestEffortStderr())  # structlog calls only `write` and `flush`
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_as_json)],
        logger_factory=lambda name="app": structlog.BytesLogger(stream, name=name),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_as_text),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = name != "uvicorn.access"
    # Alembic logs at each start even when there is no migration to run.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _add_request_id(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if identifier := REQUEST_ID.get():
        line["request_id"] = identifier
    return line


def _as_text(line: Any, default: Callable[[Any], Any], **_: Any) -> str:
    return _as_json(line, default).decode()


def _as_json(line: Any, default: Callable[[Any], Any], **_: Any) -> bytes:
    """Return `line` as JSON with unprintable characters escaped: values may come from clients, and go to terminals."""
    try:
        text = orjson.dumps(line, default=default, option=orjson.OPT_UTC_Z).decode()
    except TypeError:
        # A lone surrogate, as in some file names, or a number of more than 64 bits.
        text = json.dumps(line, default=default)
    return escape_unprintable(text).encode()


def escape_unprintable(text: str) -> str:
    """Return the JSON `text`, a single line, with its unprintable characters escaped."""
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    """Return the JSON escape of a character, a surrogate pair beyond 16 bits."""
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[offset : offset + 4]}" for offset in range(0, len(units), 4))
