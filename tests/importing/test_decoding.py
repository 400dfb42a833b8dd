import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.errors import UnreadableFile
from app.importing import decoding
from app.importing.decoding import MAX_LINE_BYTES, Line, detect_encoding, read_lines


def lines_of(raw: bytes, **options):
    stream = io.BytesIO(raw)
    return list(read_lines(stream, detect_encoding(stream), **options))


def warnings_of(raw: bytes):
    return [warning.message for warning in detect_encoding(io.BytesIO(raw)).warnings]


def test_only_the_three_line_ends_end_a_line():
    assert [line.text for line in lines_of("a\nb\r\nc\rd\x0be\x0cf\x1cg\x85h\u2028i".encode())] == [
        "a",
        "b",
        "c",
        "d\x0be\x0cf\x1cg\x85h\u2028i",
    ]


def test_blank_lines_count():
    assert lines_of(b"\n\r\n\r\ra") == [Line(1, ""), Line(2, ""), Line(3, ""), Line(4, ""), Line(5, "a")]


def test_a_file_without_a_byte_has_no_line():
    assert lines_of(b"") == []


def test_a_line_end_between_two_chunks_is_one_line_end(monkeypatch):
    for size in range(1, 8):
        monkeypatch.setattr(decoding, "_CHUNK", size)
        assert [line.text for line in lines_of(b"ab\r\ncd\r\re\r\n\n")] == ["ab", "cd", "", "e", ""]
        assert [line.text for line in lines_of("é\r\nœuf\r".encode())] == ["é", "œuf"]
        assert warnings_of(b"ab\r\ncd\r\n") == warnings_of(b"\r\n")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("é\n".encode(), []),
        (b"\xef\xbb\xbfa\n", ["BOM"]),
        (b"a\r\nb\r\n", ["CRLF"]),
        (b"a\rb\r", ["(CR)"]),
        (b"a\r\nb\rc\n", ["CRLF", "(CR)"]),
        ("e\u0301\n".encode(), ["NFD"]),
        (b"caf\xe9\n", ["Windows-1252"]),
        (b"caf\xe9", ["Windows-1252"]),
        ("caf\xe9 e\u0301\ufffd\n".encode(), ["NFD"]),
        (b"\xef\xbb\xbfcaf\xe9\r\n", ["BOM", "Windows-1252", "CRLF"]),
    ],
)
def test_what_is_unusual_in_a_file_is_said_once(raw, said):
    warnings = warnings_of(raw * 1 + b"a\n")
    assert len(warnings) == len(said)
    assert all(word in warning for word, warning in zip(said, warnings, strict=True))


def test_decomposed_accents_are_composed():
    assert lines_of("e\u0301".encode()) == [Line(1, "é")]


def test_windows_text_is_read_with_its_quotes_and_euro():
    assert lines_of("L’été à 3 € œuf…".encode("cp1252")) == [Line(1, "L’été à 3 € œuf…")]


def test_a_cut_character_at_the_end_of_a_utf8_file_is_a_problem_of_its_line():
    first, last = lines_of("été\n".encode() + "é".encode()[:1])
    assert first.problem is None
    assert "UTF-8 : octet 0xC3 (le 1ᵉʳ" in (last.problem or "").replace("1ᵉ ", "1ᵉʳ ")


def test_an_undecodable_line_among_good_ones_is_a_problem_of_that_line():
    assert [bool(line.problem) for line in lines_of("é\n".encode() * 3 + b"\xff\xe9\n" + b"a\n")] == [
        False,
        False,
        False,
        True,
        False,
    ]


def test_a_byte_without_meaning_in_windows_1252_is_a_problem_of_its_line():
    bad, good = lines_of(b"\x81\n\xe9\n")
    assert "Windows-1252" in (bad.problem or "")
    assert good == Line(2, "é")


def test_a_nul_is_a_problem_of_its_line():
    bad, good = lines_of(b"a\x00b\nc")
    assert "NUL" in (bad.problem or "")
    assert good == Line(2, "c")


def test_a_line_that_is_too_long_is_skipped_and_the_next_is_read():
    exact = b"x" * (MAX_LINE_BYTES - 1) + b"\n"
    lines = lines_of(exact + b"x" * 10_000_000 + b"\nfin\n" + b"y" * (MAX_LINE_BYTES + 1))
    assert [(line.number, len(line.text), bool(line.problem)) for line in lines] == [
        (1, MAX_LINE_BYTES - 1, False),
        (2, 0, True),
        (3, 3, False),
        (4, 0, True),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_utf16_is_refused_with_advice(encoding):
    raw = "Actions\n".encode(encoding)
    with pytest.raises(UnreadableFile, match="UTF-16"):
        detect_encoding(io.BytesIO(b"\xfe\xff" + raw if encoding == "utf-16-be" else raw))


def test_progress_grows_to_the_size_of_the_file(monkeypatch):
    monkeypatch.setattr(decoding, "_CHUNK", 4)
    seen: list[int] = []
    lines_of(b"abc\ndef\r\nghi", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 12


@given(
    st.binary()
    | st.lists(st.sampled_from([b"\r", b"\n", b"\x00", b"\xc3", b"\xa9", b"\xef\xbb\xbf", b"a"])).map(b"".join)
)
def test_any_bytes_give_lines_with_growing_numbers_or_are_unreadable(raw):
    try:
        lines = lines_of(raw, max_bytes=20)
    except UnreadableFile:
        assert raw[:1] in {b"\xff", b"\xfe", b"\x00"}
        return
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert not any(end in line.text for line in lines for end in "\r\n")


def test_a_line_keeps_its_last_characters_and_white_space():
    assert [line.text for line in lines_of(b"rayon X\r\nX \t\nX")] == ["rayon X", "X \t", "X"]


def test_a_last_line_without_a_line_end_is_read_over_chunks_up_to_the_longest_length(monkeypatch):
    monkeypatch.setattr(decoding, "_CHUNK", 2)
    assert lines_of(b"abcdef", max_bytes=6) == [Line(1, "abcdef")]
    assert [bool(line.problem) for line in lines_of(b"abcdefg", max_bytes=6)] == [True]


@pytest.mark.parametrize(("windows", "unicode", "encoding"), [(3, 2, "cp1252"), (2, 2, "utf-8"), (2, 3, "utf-8")])
def test_the_encoding_of_most_lines_is_that_of_the_file(windows, unicode, encoding):
    raw = b"\xe9t\xe9\n" * windows + "été\n".encode() * unicode + b"ete\n" * 9
    assert detect_encoding(io.BytesIO(raw)).encoding == encoding


def test_an_accent_of_windows_in_the_last_byte_of_a_file_gives_its_encoding():
    assert lines_of(b"caf\xe9") == [Line(1, "café")]
