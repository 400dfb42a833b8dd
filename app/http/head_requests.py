"""HEAD requests: the response to GET at the same URL, without its body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.streaming import HEADERS_ONLY_SCOPE_KEY


class HeadMiddleware:
    """Runs a HEAD request as GET and drops the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other methods pass unchanged."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server reads the method in its own scope to know that no body follows.
        get_scope = {**scope, "method": "GET", HEADERS_ONLY_SCOPE_KEY: True}
        await self.app(get_scope, receive, send_without_body)
        scope["route"] = get_scope.get("route")
