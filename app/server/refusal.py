"""The response to a request that the server refuses before the application sees it."""

from collections.abc import Mapping

import orjson

from app.http.problems import PROBLEM_MEDIA_TYPE, RETRY_AFTER, UNAVAILABLE, ProblemKind, problem_document


def refusal(kind: ProblemKind, detail: str, security_headers: Mapping[str, str]) -> bytes:
    """Return the whole HTTP/1.1 response, a problem document; it announces that the connection closes."""
    body = orjson.dumps(problem_document(kind, detail, instance="/"))
    headers = {
        "content-type": PROBLEM_MEDIA_TYPE,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "access-control-allow-origin": "*",
        **security_headers,
        **({"retry-after": RETRY_AFTER} if kind is UNAVAILABLE else {}),
        "connection": "close",
    }
    lines = [f"HTTP/1.1 {kind.status.value} {kind.status.phrase}", *map(": ".join, headers.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body
