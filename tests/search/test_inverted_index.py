"""Array files, sorted terms and the inverted index of a segment."""

import json
import resource
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.analysis import TermNumbering, tokens
from app.search.columnar.array_file import CorruptArrayFile, narrow, read_arrays, write_arrays
from app.search.columnar.inverted_index import (
    DELETED_DOCUMENT,
    InvertedIndex,
    InvertedIndexBuilder,
    PostingLists,
    merge_indexes,
    range_slices,
)
from app.search.columnar.sorted_terms import SortedTerms

ARRAYS = {"some": np.arange(5, dtype=np.uint16), "none": np.empty(0, np.int64), "parts": np.array([0.5, 1.25])}
WEIGHTS = (1.5, 1.0)
TEXTS = st.lists(st.tuples(st.integers(0, 1), st.text("jardin été l'-œ\n3", max_size=25)), max_size=5)
DOCUMENTS = st.lists(TEXTS.map(lambda texts: sorted(texts, key=lambda pair: pair[0])), max_size=6)


def preamble(header: bytes) -> bytes:
    """The beginning of an array file with that header."""
    return struct.pack("<8sII", b"ACSARR2\n", len(header), zlib.crc32(header))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of `ARRAYS`."""
    write_arrays(tmp_path / "arrays", ARRAYS)
    return tmp_path / "arrays"


class TestArrays:
    def test_they_come_back_whole_and_in_slices_even_when_the_file_is_gone(self, file: Path) -> None:
        read = read_arrays(file)
        file.unlink()
        for name, array in ARRAYS.items():
            assert len(read[name]) == len(array)
            for span in (slice(None), slice(1, 3), slice(2, 1), slice(4, 99)):
                assert read[name][span].dtype == array.dtype
                assert read[name][span].tolist() == array[span].tolist()

    @pytest.mark.parametrize("left", [0, 4, 12, 40, -1])
    def test_a_file_that_is_cut_is_damaged(self, file: Path, left: int) -> None:
        file.write_bytes(file.read_bytes()[:left])
        with pytest.raises(CorruptArrayFile):
            read_arrays(file)

    def test_a_file_that_is_cut_once_it_is_open_is_damaged_and_ends_nobody(self, file: Path) -> None:
        read = read_arrays(file)
        file.write_bytes(b"")
        with pytest.raises(CorruptArrayFile):
            read["some"][:]

    def test_a_wrong_byte_anywhere_is_noticed_or_without_effect(self, tmp_path: Path) -> None:
        arrays = {"long": np.arange(3000, dtype=np.uint32), "none": np.empty(0), "odd": np.arange(3, dtype=np.uint8)}
        spans = [slice(None), slice(5, 9), slice(1020, 1030), slice(2999, 3000)]
        path = tmp_path / "arrays"
        write_arrays(path, arrays)
        content = path.read_bytes()
        unnoticed = []
        for place in range(0, len(content), 31):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
            try:
                read = read_arrays(path)
                for name, array in arrays.items():
                    assert all(np.array_equal(read[name][span], array[span]) for span in spans)
            except CorruptArrayFile:
                continue
            unnoticed.append(place)
        # The bytes that align arrays to eight belong to none.
        assert all(place >= len(content) - 8 for place in unnoticed)

    def test_a_slice_is_verified_each_time_it_is_read(self, file: Path) -> None:
        read = read_arrays(file)
        assert read["parts"][:].tolist() == [0.5, 1.25]
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        assert read["some"][:].tolist() == ARRAYS["some"].tolist()
        with pytest.raises(CorruptArrayFile):
            read["parts"][1:]

    @pytest.mark.parametrize("content", [b"?" * 200, b"ACSARR2\n" + b"\xff" * 8, preamble(b"{}") + b"{}"])
    def test_a_file_of_something_else_is_damaged(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        with pytest.raises((CorruptArrayFile, KeyError)):
            read_arrays(file)

    def test_nothing_is_read_that_would_be_unpickled(self, file: Path) -> None:
        head = json.dumps({"size": 8, "arrays": {"bad": ["|O", 0, 1]}}).encode()
        file.write_bytes(preamble(head) + head + bytes(16))
        with pytest.raises(CorruptArrayFile, match=r"\|O"):
            read_arrays(file)

    def test_a_file_is_closed_with_its_last_array(self, file: Path) -> None:
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        for _ in range(min(most, 4096) + 1):
            assert read_arrays(file)["some"][:1].tolist() == [0]

    @given(st.lists(st.integers(0, 2**40), max_size=4))
    def test_narrow_numbers_are_the_same_numbers(self, numbers: list[int]) -> None:
        narrowed = narrow(np.array(numbers, np.int64))
        assert narrowed.tolist() == numbers
        assert narrowed.dtype.itemsize == min(size for size in (1, 2, 4, 8) if max(numbers, default=0) < 256**size)


@given(st.sets(st.text("abé\t", max_size=5), max_size=300), st.text("abé\t", max_size=3))
def test_terms_are_found_as_in_a_sorted_list(words: set[str], wanted: str) -> None:
    ordered = sorted(word.encode() for word in words)
    terms = SortedTerms.from_sorted(ordered)

    assert list(terms) == [terms[place] for place in range(len(terms))] == ordered
    assert [terms[place] for place in terms.find_range(wanted)] == [wanted.encode()] * (wanted in words)
    assert [terms[place] for place in terms.prefix_range(wanted)] == [
        term for term in ordered if term.startswith(wanted.encode())
    ]


@given(st.lists(st.integers(0, 3), max_size=6), st.data())
def test_spans_are_taken_one_after_the_other(sizes: list[int], data: st.DataObject) -> None:
    first = np.cumsum([0, *sizes]).astype(np.uint16)
    chosen = data.draw(st.lists(st.sampled_from(range(len(sizes))), max_size=6)) if sizes else []
    expected = [place for span in chosen for place in range(int(first[span]), int(first[span + 1]))]
    assert range_slices(first, np.array(chosen, np.int64)).tolist() == expected


def inverted(documents: list[list[tuple[int, str]]], names: str = "abcdefghijkl") -> InvertedIndex:
    """The inverted index of `documents`, each a list of (field rank, text)."""
    inversion = InvertedIndexBuilder(WEIGHTS)
    for name, texts in zip(names, documents, strict=False):
        at = [0, 0]
        placed = []
        for field, text in texts:
            placed.append((field, at[field], text))
            at[field] += len(text) + 1
        inversion.add(name, placed)
    return inversion.build()


def told(lists: PostingLists) -> dict[bytes, list[tuple[int, float, list[int]]]]:
    """Posting lists as a dict: (document, weight, positions) by term."""
    found = {}
    for place, term in enumerate(lists.terms):
        span = range(int(lists.term_starts[place]), int(lists.term_starts[place + 1]))
        ends = lists.posting_starts[:]
        found[term] = [
            (
                int(lists.documents[:][each]),
                float(lists.weights[:][each]),
                lists.positions[int(ends[each]) : int(ends[each + 1])].tolist(),
            )
            for each in span
        ]
    return found


def all_arrays(index: InvertedIndex) -> list[object]:
    """The posting lists and token offsets of `index`, to be compared."""
    offsets = index.token_offsets
    columns = (
        offsets.field_starts,
        offsets.document_lengths,
        offsets.document_starts,
        offsets.token_starts,
        offsets.token_lengths,
    )
    return [told(index.ids), told(index.stems), told(index.words)] + [
        np.asarray(column[:]).tolist() for column in columns
    ]


@given(DOCUMENTS)
def test_each_word_is_where_the_analysis_finds_it(documents: list[list[tuple[int, str]]]) -> None:
    columns = inverted(documents)
    expected: dict[bytes, dict[int, list[int]]] = {}
    for number, texts in enumerate(documents):
        position = 0
        for _, text in texts:
            for token in tokens(text):
                expected.setdefault(token.stem.encode(), {}).setdefault(number, []).append(position)
                position += 1
            position += 1
    found = {
        term: {document: positions for document, _, positions in held} for term, held in told(columns.stems).items()
    }
    assert found == expected
    assert list(columns.ids.terms) == [name.encode() for name in "abcdefghijkl"[: len(documents)]]


@given(DOCUMENTS, DOCUMENTS, st.data())
def test_merged_segments_are_what_one_segment_of_what_is_left_would_be(
    first: list[list[tuple[int, str]]], second: list[list[tuple[int, str]]], data: st.DataObject
) -> None:
    kept = [[data.draw(st.booleans()) for _ in documents] for documents in (first, second)]
    names = ["abcdef", "ghijkl"]
    numbers, left, left_names, following = [], [], "", 0
    for documents, keep, named in zip((first, second), kept, names, strict=True):
        column = []
        for name, document, keeps in zip(named, documents, keep, strict=False):
            column.append(following if keeps else DELETED_DOCUMENT)
            following += keeps
            left += [document] * keeps
            left_names += name * keeps
        numbers.append(np.array(column, np.int64))
    sources = [
        (inverted(documents, named), of) for documents, named, of in zip((first, second), names, numbers, strict=True)
    ]

    assert all_arrays(merge_indexes(sources)) == all_arrays(inverted(left, left_names))


def test_what_a_segment_holds_comes_back_from_its_file(tmp_path: Path) -> None:
    columns = inverted([[(0, "Un jardin partagé"), (1, "l'été")], [(1, "x" * 300 + " mot")], []])
    write_arrays(tmp_path / "lists", columns.words.to_arrays("words"))
    assert told(PostingLists.from_arrays("words", read_arrays(tmp_path / "lists"))) == told(columns.words)


def test_a_word_that_is_too_long_is_numbered_without_being_remembered() -> None:
    numbers = TermNumbering()
    long = "a" * 100
    assert numbers[long] == numbers[long] == 0
    assert [term.word for term in numbers.terms] == [long]
    assert long not in numbers
