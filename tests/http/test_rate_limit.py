"""The rate limit of client addresses and keys: buckets, refusals, headers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request

from app.http import limiters, problems, rate_limit
from app.http.context import AppContext, set_context
from app.http.limiters import BURST_SECONDS, RateLimiter
from app.http.rate_limit import RateLimitMiddleware, bucket_key, take_key_token
from app.settings import Settings
from tests.apart import run_apart
from tests.in_process import run_actions, running_server

_ADDRESSES = iter(range(1, 250))


@pytest.fixture(scope="module")
def base(catalogue_dir: Path) -> Iterator[str]:
    """A server that allows each address one request a second, and bursts of five."""
    with running_server(catalogue_dir, settings={"ACTIONS_RATE_LIMIT": "1", "ACTIONS_KEY_RATE_LIMIT": "1"}) as base:
        yield base


def asking(base: str, **headers: str) -> httpx.Client:
    """Return a client with an address of its own, which it sends as a trusted proxy would."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Client(base_url=base, headers={"X-Forwarded-For": f"198.51.100.{next(_ADDRESSES)}", **named})


def statuses(client: httpx.Client, number: int = 7, path: str = "/actions?fields=id") -> list[int]:
    return [client.get(path).status_code for _ in range(number)]


def refused(answers: list[int]) -> int:
    assert set(answers) <= {200, 429}
    return answers.count(429)


def test_an_address_that_asks_too_often_is_refused_and_told_when_to_come_back(base: str) -> None:
    with asking(base, Origin="https://mairie.example") as client:
        answers = [client.get("/actions?fields=id") for _ in range(8)]
    last = answers[-1]

    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert last.status_code == 429
    assert last.headers["retry-after"] == "1"
    assert last.headers["content-type"] == "application/problem+json"
    assert last.json()["type"].endswith(":trop-de-demandes")
    assert last.headers["access-control-allow-origin"] == "*"
    assert "RateLimit" in last.headers["access-control-expose-headers"]
    assert last.headers["x-content-type-options"] == "nosniff"
    assert last.headers["ratelimit"] == '"address";r=0;t=1'


def test_what_is_left_is_told_with_every_answer(base: str) -> None:
    with asking(base) as client:
        answers = [client.get(path) for path in ("/actions?per_page=3", "/actions?per_page=3", "/ailleurs", "/docs")]

    assert [answer.headers["ratelimit"] for answer in answers] == [f'"address";r={left};t=1' for left in (4, 3, 2, 1)]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"address";q=5;w=5'}


def test_who_waits_as_told_is_answered_again(base: str) -> None:
    async def ask() -> list[int]:
        async with httpx.AsyncClient(base_url=base, headers={"X-Forwarded-For": "198.51.100.251"}) as client:
            found = [(await client.get("/actions?fields=id")).status_code for _ in range(8)]
            await asyncio.sleep(1)
            return [*found, (await client.get("/actions?fields=id")).status_code]

    answers = run_apart(ask())

    assert answers[-2:] == [429, 200]


def test_an_answer_that_has_not_changed_costs_nothing(base: str) -> None:
    with asking(base) as client:
        tag = client.get("/actions").headers["etag"]
        again = [client.get("/actions", headers={"If-None-Match": tag}) for _ in range(12)]
        uncached = [client.get(f"/actions?per_page={n}", headers={"If-None-Match": tag}) for n in range(50, 56)]

    assert {answer.status_code for answer in again + uncached} == {304}
    assert {answer.headers["ratelimit"] for answer in again + uncached} <= {'"address";r=4;t=1', '"address";r=5;t=1'}


def test_one_address_does_not_use_up_what_another_may_ask(base: str) -> None:
    with asking(base) as busy, asking(base) as calm:
        assert refused(statuses(busy, 9)) >= 2
        assert refused(statuses(calm, 5)) == 0


def test_a_made_up_forwarding_header_changes_nothing(base: str) -> None:
    true = f"198.51.100.{next(_ADDRESSES)}"
    chains = [f"203.0.113.{n}, {true}" for n in range(7)] + [f"127.0.0.1, {true}", f"::1,{true}"]
    with httpx.Client(base_url=base) as client:
        answers = [client.get("/actions?fields=id", headers={"X-Forwarded-For": chain}).status_code for chain in chains]

    assert refused(answers) >= 2


def test_nobody_but_a_trusted_proxy_may_name_another_address(catalogue_dir: Path) -> None:
    settings = {"ACTIONS_RATE_LIMIT": "1", "ACTIONS_TRUSTED_PROXIES": "192.0.2.0/24"}
    with running_server(catalogue_dir, settings=settings) as base, httpx.Client(base_url=base) as client:
        claims = [{"X-Forwarded-For": f"203.0.113.{n}", "X-Forwarded-Proto": "https"} for n in range(9)]
        answers = [client.get("/actions?fields=id", headers=claim) for claim in claims]

    assert refused([answer.status_code for answer in answers]) >= 2
    assert answers[0].json()["links"]["self"].startswith("http://")


def test_a_trusted_proxy_says_by_which_scheme_partners_come(base: str) -> None:
    with asking(base, X_Forwarded_Proto="https") as client:
        assert client.get("/actions?fields=id").json()["links"]["self"].startswith("https://")


def test_a_chain_of_trusted_proxies_leads_to_the_client_before_them(catalogue_dir: Path) -> None:
    settings = {"ACTIONS_RATE_LIMIT": "1", "ACTIONS_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}
    with running_server(catalogue_dir, settings=settings) as base, httpx.Client(base_url=base) as client:
        chains = [f"198.51.100.1, 10.1.2.{n}" for n in range(9)]
        answers = [client.get("/actions?fields=id", headers={"X-Forwarded-For": chain}).status_code for chain in chains]

    assert refused(answers) >= 2


def test_what_watches_the_service_is_not_limited(base: str) -> None:
    with asking(base) as client:
        for path in ("/health/live", "/health/ready", "/metrics"):
            answers = [client.get(path) for _ in range(12)]
            assert {answer.status_code for answer in answers} == {200}
            assert "ratelimit" not in answers[0].headers


def test_who_guesses_keys_is_limited_as_an_address(base: str) -> None:
    with asking(base) as client:
        answers = [client.get("/actions", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(9)]

    assert answers.count(429) >= 2


def test_a_preflight_is_answered_however_busy_its_address_is(base: str) -> None:
    with asking(base, Origin="https://mairie.example") as client:
        statuses(client, 9)
        answer = client.options("/actions", headers={"Access-Control-Request-Method": "GET"})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"


def test_without_a_limit_nothing_is_counted(client: httpx.Client) -> None:
    assert "ratelimit" not in client.get("/actions").headers


@pytest.mark.parametrize(
    ("address", "bucket"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("x" * 1000, "x" * 64),
        ("", ""),
    ],
)
def test_ipv6_addresses_count_by_their_network(address: str, bucket: str) -> None:
    assert bucket_key(address) == bucket


def test_one_network_of_ipv6_shares_a_bucket(base: str) -> None:
    with httpx.Client(base_url=base) as client:
        answers = [
            client.get("/actions?fields=id", headers={"X-Forwarded-For": f"2001:db8::{n:x}"}).status_code
            for n in range(1, 10)
        ]

    assert refused(answers) >= 2


def test_buckets_are_kept_within_a_bound_and_a_busy_one_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiters, "_MAX_BUCKETS", 100)
    limiter = RateLimiter("address", 1)
    for _ in range(BURST_SECONDS):
        assert limiter.take("busy") is not None
    for number in range(10_000):
        limiter.take(f"10.0.{number // 256}.{number % 256}")
        if not number % 50:
            assert limiter.take("busy") is None, number

    assert len(limiter._limiter._store._backend.get_client()) <= 100  # type: ignore[attr-defined]
    assert len(limiter._limiter._store._backend.expire_info) <= 100  # type: ignore[attr-defined]


def test_addresses_that_only_begin_like_those_that_watch_are_limited(base: str) -> None:
    with asking(base) as client:
        paths = ("/metricsx", "/health/", "/health/live/", "/metrics/x")
        answers = [client.get(path).status_code for path in paths * 3]

    assert answers.count(429) >= 4


def test_what_is_given_back_never_makes_more_than_a_full_bucket() -> None:
    limiter = RateLimiter("address", 1)
    assert {limiter.give_back("a") for _ in range(20)} == {BURST_SECONDS}
    answers = [limiter.take("a") for _ in range(BURST_SECONDS + 1)]

    assert answers == [4, 3, 2, 1, 0, None]


def keyed_app(address_rate: int, key_rate: int) -> FastAPI:
    """Return an application with one route that takes a token of its key, limited like the service."""
    app = FastAPI()
    set_context(app, AppContext.from_settings(Settings(key_rate_limit=key_rate)))

    def known(request: Request) -> None:
        take_key_token(request, request.headers["authorization"])

    @app.post("/", dependencies=[Depends(known)])
    async def write() -> dict[str, Any]:
        return {}

    problems.install_problem_handlers(app)
    app.add_middleware(
        RateLimitMiddleware, limiter=RateLimiter("address", address_rate), refuse=rate_limit.too_many_requests
    )
    return app


def writing(app: FastAPI, number: int) -> list[httpx.Response]:
    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return [await client.post("/", headers={"Authorization": "Bearer x"}) for _ in range(number)]

    return run_apart(ask())


def test_a_key_has_a_bucket_of_its_own_beside_that_of_its_address() -> None:
    answers = writing(keyed_app(2, 1), 7)

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert answers[0].headers["ratelimit-policy"] == '"address";q=10;w=5, "key";q=5;w=5'
    assert answers[0].headers["ratelimit"] == '"address";r=9;t=1, "key";r=4;t=1'
    assert answers[-1].headers["ratelimit"] == '"address";r=3;t=1, "key";r=0;t=1'
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["type"].endswith(":trop-de-demandes")


def test_the_limit_on_keys_can_be_lifted() -> None:
    answers = writing(keyed_app(2, 0), 7)

    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["ratelimit"] == '"address";r=9;t=1'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACTIONS_RATE_LIMIT", "-1"),
        ("ACTIONS_RATE_LIMIT", "vingt"),
        ("ACTIONS_KEY_RATE_LIMIT", "1.5"),
        ("ACTIONS_TRUSTED_PROXIES", "*"),
        ("ACTIONS_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("ACTIONS_TRUSTED_PROXIES", "mandataire"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(tmp_path: Path, name: str, value: str) -> None:
    done = run_actions(tmp_path, "check", **{name: value})

    assert done.returncode == 2
    assert name in done.stderr
