"""Error handling of an application whose only route fails, in process."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from app.catalogue import errors
from app.http import problems
from app.http.context import AppContext, set_context
from app.http.internal_errors import InternalErrorMiddleware
from app.settings import Settings
from tests.apart import run_apart


def get(app: Any, **headers: str) -> httpx.Response:
    """Return the response of `app` to GET /; raises the errors that `app` does not handle."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/", headers=headers)

    return run_apart(ask())


def failing_with(error: Exception) -> FastAPI:
    """Return an application whose only route raises `error`."""
    app = FastAPI()
    set_context(app, AppContext.from_settings(Settings()))

    @app.get("/")
    async def fail() -> None:
        raise error

    problems.install_problem_handlers(app)
    app.add_middleware(InternalErrorMiddleware)
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    return app


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("x"), 404),
        (errors.Gone("x"), 410),
        (errors.UnknownParameter(errors.ParameterError("a", "x")), 400),
        (errors.InvalidParameter(errors.ParameterError("a", "x", ("b",))), 422),
        (errors.InvalidKey("x", presented=True), 401),
        (errors.InsufficientScope("x", "ecriture"), 403),
        (errors.AlreadyExists("x", "jardin"), 409),
        (errors.StaleVersion("x"), 412),
        (errors.IdempotencyKeyReused("x"), 422),
        (errors.ForeignCursor("x"), 410),
        (errors.StoreUnavailable("x"), 503),
        (errors.IndexUnavailable("x"), 503),
        (errors.CatalogueError("x"), 500),
        (HTTPException(418, "x"), 418),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int) -> None:
    answer = get(failing_with(error))

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["detail"] == "x"
    assert answer.headers["content-type"] == problems.PROBLEM_MEDIA_TYPE
    assert answer.headers["cache-control"] == "no-store"
    assert ("retry-after" in answer.headers) == (status == 503)


def test_an_unforeseen_error_is_a_problem_too_and_reaches_the_browser() -> None:
    answer = get(failing_with(RuntimeError("a secret")), Origin="https://mairie.example")

    assert answer.status_code == 500
    assert answer.json()["title"] == "Erreur interne"
    assert "secret" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


def test_an_error_after_the_answer_began_is_passed_on() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("late")

    with pytest.raises(RuntimeError, match="late"):
        get(InternalErrorMiddleware(broken))


def test_no_two_kinds_of_problem_share_a_type() -> None:
    assert len({kind.name for kind in problems.KINDS}) == len(problems.KINDS)
