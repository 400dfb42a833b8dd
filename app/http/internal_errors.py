"""Unexpected errors: logged, and answered with a problem document."""

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import INTERNAL, REQUEST_TIMEOUT, problem_response

logger = structlog.get_logger(__name__)


class InternalErrorMiddleware:
    """Answers 500 when no exception handler caught an error."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; an error after the start of the response is logged and raised again."""
        response_started = False

        async def observe_start(message: Message) -> None:
            nonlocal response_started
            response_started = response_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, observe_start)
        except ClientDisconnect:
            # The client does not read it; log and metrics need a status.
            response = problem_response(Request(scope), REQUEST_TIMEOUT, "La demande n'est pas arrivée en entier.")
            await response(scope, receive, send)
        except Exception:
            logger.exception("internal_error", path=scope.get("path"))
            if response_started or scope["type"] != "http":
                raise
            detail = "Une erreur est survenue ; elle est notée, avec le numéro de la demande (X-Request-Id)."
            await problem_response(Request(scope), INTERNAL, detail)(scope, receive, send)
