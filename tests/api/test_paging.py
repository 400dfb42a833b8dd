"""Pages and cursors of lists over HTTP."""

import httpx

from tests.api.test_lists import ask


def test_pages_follow_each_other_by_their_links(client: httpx.Client) -> None:
    seen: list[str] = []
    path: str | None = "/actions?per_page=7&dimension__not=Services"
    while path:
        answer = client.get(path)
        document = answer.json()
        seen += [item["id"] for item in document["items"]]
        path = document["links"]["next"]
        assert ("next" in answer.links) == bool(path)
        assert document["pages"] == 4
        assert document["total"] == 22

    assert len(seen) == len(set(seen)) == 22


def test_a_walk_by_cursor_gives_the_same_records_in_the_same_order(client: httpx.Client) -> None:
    whole = [item["id"] for item in ask(client, q="habitants", per_page="100")["items"]]
    seen: list[str] = []
    document = ask(client, q="habitants", per_page="5")
    while True:
        seen += [item["id"] for item in document["items"]]
        if document["next_cursor"] is None:
            break
        document = ask(client, q="habitants", per_page="5", cursor=document["next_cursor"])
        assert document["page"] is None

    assert seen == whole


def test_links_of_a_page_name_first_last_previous_and_next(client: httpx.Client, server: str) -> None:
    links = ask(client, page="2", per_page="10", q="habitants")["links"]

    assert links["self"] == f"{server}/actions?per_page=10&q=habitants&page=2"
    assert links["first"].endswith("page=1")
    assert links["prev"] == links["first"]
    assert links["last"].endswith("page=3") or links["last"].endswith("page=2")


def test_a_page_beyond_the_last_is_empty_with_the_same_total(client: httpx.Client) -> None:
    document = ask(client, page="99")

    assert (document["items"], document["total"]) == ([], 24)
    assert document["links"]["prev"].endswith("page=2")
