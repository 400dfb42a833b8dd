"""The headers that tell browsers what an answer may do, and who may show it in a frame: the same for every answer."""

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMED_PATH = "/embed"
"""The only address that other sites may show in a frame."""

# Everything may be read from other sites: that is what the catalogue is for.
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_OF_PAGES = {
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_TRANSPORT = "max-age=31536000"
_NOTHING = "default-src 'none'"  # what is no page needs neither scripts nor anything else
_POLICY = "content-security-policy"


class SecurityPolicy:
    """The security headers of one service, as its public address and its settings want them."""

    def __init__(self, *, public_url: str, frame_ancestors: str) -> None:
        self.always = dict(_ALWAYS)
        if public_url.startswith("https://"):
            self.always["Strict-Transport-Security"] = _TRANSPORT
        self._frame_ancestors = frame_ancestors

    def frames(self, path: str) -> str:
        """Return the sources that may show `path` in a frame, as `frame-ancestors` takes them."""
        return self._frame_ancestors if path == FRAMED_PATH else "'none'"

    def complete(self, path: str, status: int, headers: MutableHeaders) -> None:
        """Add to the `headers` of an answer; a page brings its own Content-Security-Policy, without frames."""
        headers.update(self.always)
        frames = self.frames(path)
        if frames == "'none'":
            headers["X-Frame-Options"] = "DENY"
        if headers.get("content-type", "").startswith("text/html"):
            headers.update(_OF_PAGES)
        # What a 304 says of it would take the place of what came with the page that the browser has.
        if status != HTTPStatus.NOT_MODIFIED:
            headers[_POLICY] = f"{headers.get(_POLICY, _NOTHING)}; frame-ancestors {frames}"


class SecurityHeadersMiddleware:
    """Gives every answer its security headers; those of kept answers are kept with them."""

    def __init__(self, app: ASGIApp, security: SecurityPolicy) -> None:
        self.app = app
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is none."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._security.complete(scope["path"], message["status"], MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, complete)
