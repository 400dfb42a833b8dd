"""Security headers of every response: content policy, frame policy, transport security."""

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMED_PATH = "/embed"
"""The only path that other sites may show in a frame."""

# Other sites may read everything: the data are public.
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PAGE_HEADERS = {
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_TRANSPORT_SECURITY = "max-age=31536000"
_DATA_POLICY = "default-src 'none'"  # for responses that are no pages
_POLICY_HEADER = "content-security-policy"


class SecurityPolicy:
    """The security headers of one application, from its public URL and its settings."""

    def __init__(self, *, public_url: str, frame_ancestors: str) -> None:
        self.always = dict(_ALWAYS)
        if public_url.startswith("https://"):
            self.always["Strict-Transport-Security"] = _TRANSPORT_SECURITY
        self._frame_ancestors = frame_ancestors

    def frame_ancestors(self, path: str) -> str:
        """Return the sources that may show `path` in a frame, in the syntax of `frame-ancestors`."""
        return self._frame_ancestors if path == FRAMED_PATH else "'none'"

    def add_headers(self, path: str, status: int, headers: MutableHeaders) -> None:
        """Add the security headers of a response; a page has a Content-Security-Policy already, without frames."""
        headers.update(self.always)
        ancestors = self.frame_ancestors(path)
        if ancestors == "'none'":
            headers["X-Frame-Options"] = "DENY"
        if headers.get("content-type", "").startswith("text/html"):
            headers.update(_PAGE_HEADERS)
        # The policy of a 304 would replace that of the page in the browser's cache.
        if status != HTTPStatus.NOT_MODIFIED:
            headers[_POLICY_HEADER] = f"{headers.get(_POLICY_HEADER, _DATA_POLICY)}; frame-ancestors {ancestors}"


class SecurityHeadersMiddleware:
    """Adds the security headers to every response."""

    def __init__(self, app: ASGIApp, security: SecurityPolicy) -> None:
        self.app = app
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other scopes pass unchanged."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._security.add_headers(scope["path"], message["status"], MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_with_headers)
