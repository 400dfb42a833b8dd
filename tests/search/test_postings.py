"""Posting lists and scores, compared with sets and dictionaries."""

from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.columnar.postings import (
    EMPTY_POSTINGS,
    K1,
    B,
    IntArray,
    Postings,
    bm25f,
    documents_of,
    encode_occurrences,
    idf,
    merge_postings,
    phrase_occurrences,
    positions_of,
    shift_documents,
    sum_postings,
)

PLACES = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 8)))
WEIGHED = st.dictionaries(st.integers(0, 9), st.sampled_from([0.5, 1.0, 2.0, 3.5]))
LARGEST = 2**31 - 1  # largest document number and position in an occurrence


def _at(pairs: set[tuple[int, int]]) -> IntArray:
    ordered = sorted(pairs)
    return encode_occurrences(
        np.array([document for document, _ in ordered], np.int64), np.array([place for _, place in ordered], np.int64)
    )


def _pairs(at: IntArray) -> list[tuple[int, int]]:
    return list(zip(documents_of(at).tolist(), positions_of(at).tolist(), strict=True))


def _postings(weights: dict[int, float]) -> Postings:
    documents = sorted(weights)
    return Postings(np.array(documents, np.int64), np.array([weights[each] for each in documents], np.float64))


def _weights(postings: Postings) -> dict[int, float]:
    return dict(zip(postings.documents.tolist(), postings.weights.tolist(), strict=True))


@given(st.sets(st.tuples(st.integers(0, LARGEST), st.integers(0, LARGEST))))
def test_places_sort_by_document_then_position_and_give_both_back(pairs: set[tuple[int, int]]) -> None:
    at = _at(pairs)
    assert at.tolist() == sorted(at.tolist())
    assert _pairs(at) == sorted(pairs)


@given(PLACES, st.integers(0, 1000))
def test_moved_places_are_those_of_later_documents(pairs: set[tuple[int, int]], offset: int) -> None:
    assert _pairs(shift_documents(_at(pairs), offset)) == [
        (document + offset, place) for document, place in sorted(pairs)
    ]


@given(st.lists(PLACES, min_size=1, max_size=4))
def test_a_phrase_begins_where_each_word_follows_the_one_before(words: list[set[tuple[int, int]]]) -> None:
    starts = [
        (document, place)
        for document, place in sorted(words[0])
        if all((document, place + distance) in word for distance, word in enumerate(words))
    ]
    assert _pairs(phrase_occurrences([_at(word) for word in words])) == starts


def test_a_phrase_does_not_run_from_one_document_into_the_next() -> None:
    assert len(phrase_occurrences([_at({(0, 5)}), _at({(1, 6)})])) == 0
    assert len(phrase_occurrences([_at({(0, LARGEST)}), _at({(1, 0)})])) == 0


@given(st.lists(WEIGHED, max_size=4))
def test_merged_lists_hold_what_any_holds_with_its_weights_added(lists: list[dict[int, float]]) -> None:
    expected: Counter[int] = Counter()
    for weights in lists:
        for document, weight in weights.items():
            expected[document] += weight  # type: ignore[assignment]
    found = merge_postings(map(_postings, lists))
    assert _weights(found) == dict(expected)
    assert found.documents.tolist() == sorted(expected)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.5, 1.0, 2.0]))))
def test_repeated_documents_are_summed(pairs: list[tuple[int, float]]) -> None:
    pairs.sort()
    found = sum_postings(
        np.array([document for document, _ in pairs], np.int64), np.array([weight for _, weight in pairs], np.float64)
    )
    held = {document for document, _ in pairs}
    assert _weights(found) == {each: sum(weight for document, weight in pairs if document == each) for each in held}


def test_nothing_is_a_list_without_documents() -> None:
    assert (
        len(EMPTY_POSTINGS),
        len(merge_postings([])),
        len(merge_postings([EMPTY_POSTINGS, EMPTY_POSTINGS])),
        len(_postings({3: 1.0, 5: 1.0})),
    ) == (
        0,
        0,
        0,
        2,
    )


def test_the_idf_falls_with_every_record_that_holds_the_word_and_stays_above_nothing() -> None:
    worth = [idf(holders, 50) for holders in range(51)]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] == pytest.approx(log(50) + 1)
    assert worth[49] == pytest.approx(1.0)
    assert worth[50] > 0
    assert idf(0, 0) == 0.0


def test_bm25f_saturates_with_weight_and_falls_with_length() -> None:
    weights = np.array([0.0, 1.0, 2.0, 4.0, 1e9])
    worth = bm25f(weights, np.full(5, 30.0), 30.0).tolist()
    assert worth == sorted(worth)
    assert worth[0] == 0
    assert worth[1] == pytest.approx(1.0), "one occurrence in a record of the mean length is worth the idf itself"
    assert worth[4] == pytest.approx(K1 + 1)
    longer = bm25f(np.ones(3), np.array([10.0, 30.0, 90.0]), 30.0).tolist()
    assert longer == sorted(longer, reverse=True)
    assert longer[2] == pytest.approx((K1 + 1) / (1 + K1 * (1 - B) + K1 * B * 3))
