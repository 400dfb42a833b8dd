"""The response cache: same bytes, separate entries by state, coding, host and origin, bounded memory."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.in_process import run_actions, running_server

_QUESTION = "/actions?q=jardin&facet=dimension&full=true"
_DATA = [
    "/actions",
    "/facets?facet=public",
    "/stats?facet_size=5",
    "/structures",
    "/suggest?q=jar",
    "/actions/{id}",
    "/actions/{id}.txt",
    "/actions/{id}/similar",
    "/structures/{structure}",
    "/",
    "/?q=jardin",
]


@pytest.fixture(scope="module")
def base(catalogue_dir: Path) -> Iterator[str]:
    """A server of this module, so that its metrics count these tests only."""
    with running_server(catalogue_dir) as base:
        yield base


def ask(base: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers without those that differ for each request, and the undecoded body."""
    named = {"Accept-Encoding": "identity", **{name.replace("_", "-"): value for name, value in headers.items()}}
    with httpx.stream("GET", base + path, headers=named) as answer:
        body = b"".join(answer.iter_raw())
    of_the_moment = {"date", "x-request-id"}
    return answer.status_code, {k: v for k, v in answer.headers.items() if k not in of_the_moment}, body


def figure(base: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", httpx.get(f"{base}/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


@contextmanager
def expecting(base: str, *, hits: int, misses: int) -> Iterator[None]:
    """Assert the numbers of cache hits and misses in the block."""
    names = [f'actions_answer_cache_total{{outcome="{outcome}"}}' for outcome in ("hit", "miss")]
    before = [figure(base, name) for name in names]
    yield
    assert [figure(base, name) - old for name, old in zip(names, before, strict=True)] == [hits, misses]


def identifiers(base: str) -> dict[str, str]:
    item = httpx.get(f"{base}/actions?per_page=1&fields=id,structure").json()["items"][0]
    return {"id": item["id"], "structure": item["structure"]["id"]}


@pytest.mark.parametrize("path", _DATA)
def test_a_repeat_is_answered_from_memory_and_is_the_same_byte_for_byte(base: str, path: str) -> None:
    path = path.format(**identifiers(base))
    first = ask(base, path + ("&" if "?" in path else "?") + "_=repeat")
    with expecting(base, hits=3, misses=0):
        repeats = [ask(base, path) for _ in range(3)]

    assert first[0] == 200
    assert first[1]["etag"]
    assert repeats == [first] * 3


def test_each_answer_has_one_identifier_of_its_own(base: str) -> None:
    answers = [httpx.get(f"{base}/actions?per_page=2", headers={"X-Request-Id": f"mine-{n}"}) for n in range(3)]

    assert [answer.headers.get_list("x-request-id") for answer in answers] == [["mine-0"], ["mine-1"], ["mine-2"]]


def test_codings_are_kept_apart(base: str) -> None:
    codings = ["gzip", "br", "zstd", "identity", "gzip;q=0, br;q=0.2", "*", "deflate", "zstd;q=x, br"]
    first = [ask(base, _QUESTION, Accept_Encoding=coding) for coding in codings]
    again = [ask(base, _QUESTION, Accept_Encoding=coding) for coding in codings]

    assert again == first
    chosen = [headers.get("content-encoding") for _, headers, _ in first]
    assert chosen == ["gzip", "br", "zstd", None, "br", "zstd", None, "br"]
    assert all("accept-encoding" in headers["vary"].lower() for _, headers, _ in first)


def test_hosts_are_kept_apart(base: str) -> None:
    for host in ("a.example", "b.example", "a.example"):
        document = json.loads(ask(base, "/actions?per_page=3", Host=host)[2])
        assert document["links"]["self"] == f"http://{host}/actions?per_page=3&page=1"
        assert document["items"][0]["links"]["self"].startswith(f"http://{host}/actions/")


def test_what_decides_on_the_links_is_kept_apart(base: str) -> None:
    for query in ("q=jardin&per_page=5", "per_page=5&q=jardin", "q=jardin&per_page=5&page=1", "q=Jardin&per_page=5"):
        documents = [json.loads(ask(base, f"/actions?{query}")[2]) for _ in range(2)]
        assert documents[0] == documents[1]
        assert documents[0]["links"]["first"].endswith(f"?{query.removesuffix('&page=1')}&page=1")


def test_an_unknown_parameter_without_a_value_is_refused_after_its_question_was_kept(base: str) -> None:
    assert [ask(base, path)[0] for path in ("/facets", "/facets?couleur=", "/facets")] == [200, 400, 200]


def test_an_address_that_is_too_long_is_refused_after_its_question_was_kept(base: str) -> None:
    assert [ask(base, path)[0] for path in ("/facets", f"/facets?_={'a' * 8000}", "/facets?_=a")] == [200, 414, 200]


def test_under_a_public_address_all_hosts_share_an_answer(catalogue_dir: Path) -> None:
    settings = {"ACTIONS_PUBLIC_URL": "https://actions.example"}
    with running_server(catalogue_dir, settings=settings) as base, expecting(base, hits=1, misses=1):
        answers = [ask(base, "/actions", Host=host) for host in ("a.example", "b.example")]

    assert answers[0] == answers[1]
    assert b"https://actions.example/actions?page=1" in answers[0][2]


def test_each_origin_is_told_what_holds_for_it(catalogue_dir: Path) -> None:
    ours, other, evil = "https://mairie.example", "https://caf.example", "https://evil.example"
    with running_server(catalogue_dir, settings={"ACTIONS_CORS_ORIGINS": f"{ours}, {other}"}) as base:
        for origin in (ours, evil, other, evil, ours, "https://evil2.example"):
            allowed = ask(base, "/actions", Origin=origin)[1].get("access-control-allow-origin")
            assert allowed == (origin if origin in {ours, other} else None)
        assert "access-control-expose-headers" not in ask(base, "/actions")[1]


def test_every_origin_shares_an_answer_when_all_may_read(base: str) -> None:
    first = ask(base, "/actions?per_page=4", Origin="https://a.example")
    with expecting(base, hits=1, misses=1):
        other = ask(base, "/actions?per_page=4", Origin="https://b.example")
        plain = ask(base, "/actions?per_page=4")

    assert other == first
    assert first[1]["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in plain[1]


def test_head_is_answered_from_what_was_kept_for_get(base: str) -> None:
    _, headers, body = ask(base, "/actions?per_page=6")
    with expecting(base, hits=1, misses=0):
        head = httpx.head(f"{base}/actions?per_page=6", headers={"Accept-Encoding": "identity"})

    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in headers} == headers
    assert int(head.headers["content-length"]) == len(body)


@pytest.mark.parametrize("path", _DATA)
def test_a_tag_that_is_still_right_is_answered_from_memory(base: str, path: str) -> None:
    path = path.format(**identifiers(base))
    tag = ask(base, path)[1]["etag"]
    with expecting(base, hits=3, misses=0):
        same = ask(base, path, If_None_Match=tag)
        other = ask(base, path, If_None_Match='W/"0"')
        any_ = ask(base, path, If_None_Match="*")

    assert (same[0], any_[0], other[0]) == (304, 304, 200)
    assert same[2] == b""
    assert same[1]["etag"] == tag
    assert same[1]["cache-control"] == "public, max-age=0, must-revalidate"
    assert not {"content-type", "content-length", "link"} & set(same[1])


def test_a_question_that_comes_with_its_tag_from_the_start_is_answered_from_memory_too(base: str) -> None:
    tag = ask(base, "/actions")[1]["etag"]
    with expecting(base, hits=2, misses=2):
        answers = [ask(base, "/actions?per_page=7", If_None_Match=tag) for _ in range(3)]
        whole = ask(base, "/actions?per_page=7", If_None_Match='"other"')

    assert answers[0][0] == 304
    assert answers[1:] == [answers[0]] * 2
    assert whole[0] == 200


def test_who_asks_for_an_answer_of_their_own_is_passed_by(base: str) -> None:
    ask(base, "/actions")
    with expecting(base, hits=0, misses=0):
        for headers in ({"Authorization": "Bearer x"}, {"Range": "bytes=0-9"}, {"Cache_Control": "no-cache"}):
            assert ask(base, "/actions", **headers)[0] == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/actions?inconnu=1", 400), ("/actions?page=x", 422), ("/actions/inconnue", 404), ("/actions/x/y", 404)],
)
def test_errors_are_never_kept(base: str, path: str, status: int) -> None:
    with expecting(base, hits=0, misses=2):
        assert [ask(base, path)[0] for _ in range(2)] == [status] * 2


def test_a_search_without_result_is_noted_each_time(filled: Path) -> None:
    with running_server(filled) as base:
        assert [json.loads(ask(base, "/actions?q=zzzyx")[2])["total"] for _ in range(3)] == [0] * 3

    assert "3 × « zzzyx »" in run_actions(filled, "check", "--recherches").stdout


def test_the_metrics_count_kept_answers_by_their_route(base: str) -> None:
    path = f"/actions/{identifiers(base)['id']}"
    name = 'actions_requests_total{method="GET",route="/actions/{id}",status="200"}'
    before = figure(base, name)
    for _ in range(3):
        ask(base, path)

    assert figure(base, name) - before == 3


def test_changes_by_another_process_are_seen_at_once(filled: Path, sample_export: Path) -> None:
    text = sample_export.read_text(encoding="utf-8")
    with running_server(filled) as base:
        tags = set()
        for number in range(3):
            answers = [ask(base, "/actions?fields=id") for _ in range(3)]
            assert [json.loads(body)["total"] for _, _, body in answers] == [24 + number] * 3
            tags |= {headers["etag"] for _, headers, _ in answers}
            more = filled / "more.txt"
            more.write_text(text.replace("Jardin partagé\n", f"Jardin numéro {number}\n", 1), encoding="utf-8")
            assert run_actions(filled, "import", more).returncode == 0
        assert json.loads(ask(base, "/actions?fields=id", If_None_Match=tags.pop())[2])["total"] == 27

    assert len(tags) == 2


def test_a_rebuilt_index_is_taken_up_and_answers_the_same(filled: Path) -> None:
    with running_server(filled) as base:
        before = ask(base, _QUESTION)
        assert run_actions(filled, "reindex").returncode == 0
        after = ask(base, _QUESTION)

    assert after[2] == before[2]


def test_what_is_kept_stays_within_its_bound(catalogue_dir: Path) -> None:
    with running_server(catalogue_dir, settings={"ACTIONS_ANSWER_CACHE": "1"}) as base:
        paths = [f"/actions?full=true&facet_size={size}" for size in range(1, 40)]
        with ThreadPoolExecutor(4) as pool:
            first = list(pool.map(lambda path: ask(base, path), paths))
        with expecting(base, hits=1, misses=1):
            again = [ask(base, paths[-1]), ask(base, paths[0])]
        kept = figure(base, "actions_answer_cache_bytes")

    assert sum(len(body) for _, _, body in first) > 1_000_000
    assert 0 < kept <= 1_000_000
    assert {status for status, _, _ in first} == {200}
    assert again == [first[-1], first[0]]


def test_nothing_is_kept_when_the_setting_says_so(catalogue_dir: Path) -> None:
    with running_server(catalogue_dir, settings={"ACTIONS_ANSWER_CACHE": "0"}) as base:
        with expecting(base, hits=0, misses=0):
            answers = [ask(base, _QUESTION) for _ in range(2)]
        tag = answers[0][1]["etag"]
        assert ask(base, _QUESTION, If_None_Match=tag)[0] == 304

    assert answers[0] == answers[1]


def test_a_setting_that_is_no_number_is_refused(tmp_path: Path) -> None:
    done = run_actions(tmp_path, "check", ACTIONS_ANSWER_CACHE="beaucoup")

    assert done.returncode == 2
    assert "ACTIONS_ANSWER_CACHE" in done.stderr
    assert "mégaoctets" in done.stderr
