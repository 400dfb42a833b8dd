"""Logs as JSON lines on standard error, ours and those of the libraries alike."""

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
"""The identifier of the request that is being answered; every line that its answer gives rise to has it."""


class BestEffortStderr:
    """Standard error, where a line is lost rather than an answer when it cannot be written, as on a full disk."""

    def write(self, line: bytes) -> None:
        """Write `line`, if that is possible."""
        with suppress(OSError):
            sys.stderr.buffer.write(line)

    def flush(self) -> None:
        """Let go of what was written, if that is possible; if not, it is tried again with the next line."""
        with suppress(OSError):
            sys.stderr.buffer.flush()


class RequestLog:
    """The log of requests: one line each, in the form of all others, but without a logger's work for it.

    The lines of one turn of the event loop are written together at its end: a write to the system for each takes
    longer than an answer from memory.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._stream = BestEffortStderr()
        self._lines: list[bytes] = []
        self._silent = not logging.getLogger().isEnabledFor(logging.INFO)

    def add(self, method: str, path: str, status: int, seconds: float, request_id: str) -> None:
        """Log one request that took so many `seconds`; the event loop has to be running."""
        if self._silent:
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
    """Send every log line of this process from `level` on to standard error, one JSON object a line.

    Our own lines go there without the standard library's handlers and records, which is a fifth of the work.
    """
    shared: list[structlog.typing.Processor] = [
        _name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # What local variables hold (a key, a whole record) is nobody's business who reads logs.
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    stream = cast(BinaryIO, BestEffortStderr())  # all that is asked of it
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
    # Alembic says at each start that there is nothing to do.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _name_request(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if identifier := REQUEST_ID.get():
        line["request_id"] = identifier
    return line


def _as_text(line: Any, default: Callable[[Any], Any], **_: Any) -> str:
    return _as_json(line, default).decode()


def _as_json(line: Any, default: Callable[[Any], Any], **_: Any) -> bytes:
    """Return `line` as JSON that no terminal obeys: whatever is not printable is escaped, as callers may send it."""
    try:
        text = orjson.dumps(line, default=default, option=orjson.OPT_UTC_Z).decode()
    except TypeError:
        # Half a surrogate pair, as the name of a file may hold one, or a number beyond 64 bits.
        text = json.dumps(line, default=default)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    return text.encode()


def _escaped(char: str) -> str:
    """Return the JSON escape of a character, which beyond the 16 bits of one takes a pair."""
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
