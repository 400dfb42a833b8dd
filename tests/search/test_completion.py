"""Completion, compared with a naive implementation of its rules."""

import re
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from app.catalogue.text import fold
from app.search.completion import CompletionEntry, Completions

CATALOGUE = (
    CompletionEntry("Logement", "mot_cle", "Logement", 40),
    CompletionEntry("Information Collective Logement", "titre", "information-1", 1),
    CompletionEntry("Logement des jeunes", "titre", "logement-1", 1),
    CompletionEntry("Jardin partagé", "titre", "jardin-1", 1),
    CompletionEntry("Le jardin partagé du quartier", "titre", "jardin-2", 1),
    CompletionEntry("L’habitat des aînés", "titre", "habitat-1", 1),
    CompletionEntry("Bien-être au cœur du quartier", "titre", "bien-1", 1),
    CompletionEntry("« Été » solidaire", "titre", "ete-1", 1),
    CompletionEntry("Centre social Les Tilleuls", "structure", "tilleuls-nord", 3),
    CompletionEntry("Val-d'Oise", "departement", "95", 12),
    CompletionEntry("Val-de-Marne", "departement", "94", 12),
    CompletionEntry("Normandie", "region", "28", 30),
)


def texts(typed: str, *entries: CompletionEntry, size: int = 8) -> list[str]:
    """The completions of `typed` from the given entries, by default those of the catalogue."""
    return [found.text for found in Completions(entries or CATALOGUE).complete(typed, size)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("log", ["Logement", "Logement des jeunes", "Information Collective Logement"]),
        ("LOGEMENT DES", ["Logement des jeunes"]),
        ("jardin par", ["Jardin partagé", "Le jardin partagé du quartier"]),
        ("jardin partagé du", ["Le jardin partagé du quartier"]),
        ("collective log", ["Information Collective Logement"]),
        ("ete", ["« Été » solidaire"]),
        ("été s", ["« Été » solidaire"]),
        ("bien et", ["Bien-être au cœur du quartier"]),
        ("bien-e", ["Bien-être au cœur du quartier"]),
        ("coeur", ["Bien-être au cœur du quartier"]),
        ("val d'o", ["Val-d'Oise"]),
        ("val d", ["Val-d'Oise", "Val-de-Marne"]),
        ("l'habitat", ["L’habitat des aînés"]),
        ("d’habitat", ["L’habitat des aînés"]),
        ("habitat", ["L’habitat des aînés"]),
        ("  « Til", ["Centre social Les Tilleuls"]),
        ("centre social  les ", ["Centre social Les Tilleuls"]),
    ],
)
def test_an_entry_is_found_from_any_of_its_words_on(typed: str, expected: list[str]) -> None:
    assert texts(typed) == expected


@pytest.mark.parametrize(
    "typed", ["", " ", "l", "l'", "l'h", "é", "…", "🙂🙂", "-*", "a\x00", "partage jardin", "gement"]
)
def test_nothing_is_found_for_too_little_another_order_or_the_middle_of_a_word(typed: str) -> None:
    assert texts(typed) == []


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("logemnt", "Logement"),
        ("jradin", "Jardin partagé"),
        ("jarddin", "Jardin partagé"),
        ("hardin", "Jardin partagé"),
        ("ogement", "Logement"),
        ("ajrdin", "Jardin partagé"),
        ("bienetre", "Bien-être au cœur du quartier"),
        ("normendi", "Normandie"),
        ("cenrte socail", "Centre social Les Tilleuls"),
    ],
)
def test_a_slip_of_the_finger_is_forgiven(typed: str, first: str) -> None:
    assert texts(typed)[0] == first


@pytest.mark.parametrize("typed", ["lgo", "lagamant", "ormendie", "x" * 300, "logement des jeun" + "e" * 60])
def test_more_slips_than_the_length_allows_find_nothing(typed: str) -> None:
    assert texts(typed) == []


def test_two_slips_are_forgiven_from_eight_letters_on() -> None:
    entry = CompletionEntry("Habitation", "titre", "1", 1)

    assert texts("habbttation", entry) == ["Habitation"]
    assert texts("hbtiati", entry) == []
    assert texts("hbtiatio", entry) == ["Habitation"]


def test_exact_completions_come_first_and_near_ones_only_where_there_is_room() -> None:
    near = CompletionEntry("Jardim", "mot_cle", "jardim", 900)
    exact = [CompletionEntry(f"Le jardin {number}", "titre", str(number), 1) for number in range(3)]

    assert texts("jardin", near, *exact) == ["Le jardin 0", "Le jardin 1", "Le jardin 2", "Jardim"]
    assert texts("jardin", near, *exact, size=3) == ["Le jardin 0", "Le jardin 1", "Le jardin 2"]


def test_a_right_first_letter_is_preferred_among_equal_faults() -> None:
    entries = [
        CompletionEntry(text, "mot_cle", text, count) for text, count in (("Marche", 90), ("Parche", 50), ("Pardon", 1))
    ]

    assert texts("parchx", *entries) == ["Parche"]
    assert texts("tarche", *entries) == ["Marche", "Parche"]
    assert texts("parche", *entries) == ["Parche", "Marche"]
    assert texts("parc", *entries) == ["Parche", "Pardon", "Marche"]


def test_the_beginning_counts_before_the_number_of_records_and_that_before_length_and_alphabet() -> None:
    entries = (
        CompletionEntry("Un sport", "mot_cle", "a", 50),
        CompletionEntry("Sport adapté", "mot_cle", "b", 7),
        CompletionEntry("Sports", "mot_cle", "c", 7),
        CompletionEntry("Sportif", "mot_cle", "d", 2),
        CompletionEntry("Sportez", "mot_cle", "e", 2),
    )

    assert texts("sport", *entries) == ["Sports", "Sport adapté", "Sportez", "Sportif", "Un sport"]


def test_one_kind_leaves_room_for_the_others_and_takes_what_they_do_not_need() -> None:
    structures = [CompletionEntry(f"Centre {number}", "structure", str(number), 9) for number in range(20)]
    titles = [CompletionEntry(f"Centre ouvert {number}", "titre", str(number), 1) for number in range(2)]
    kinds = [found.kind for found in Completions([*structures, *titles]).complete("centre", 8)]

    assert kinds == ["structure"] * 6 + ["titre"] * 2
    assert [found.kind for found in Completions([*structures, *titles]).complete("centre", 3)] == [
        "structure",
        "structure",
        "titre",
    ]


def test_equal_entries_of_one_kind_come_once_with_the_count_of_all() -> None:
    found = Completions(
        [
            CompletionEntry("Fête", "titre", "b", 1),
            CompletionEntry("FETE", "titre", "a", 1),
            CompletionEntry("fête", "titre", "c", 2),
            CompletionEntry("Fête", "mot_cle", "Fête", 3),
        ]
    ).complete("fete", 8)

    assert [(one.text, one.kind, one.id, one.count) for one in found] == [
        ("fête", "titre", "c", 4),
        ("Fête", "mot_cle", "Fête", 3),
    ]


def test_without_entries_or_room_there_is_nothing() -> None:
    assert Completions([]).complete("jardin", 8) == ()
    assert Completions([CompletionEntry("…", "titre", "1", 1)]).complete("jardin", 8) == ()
    assert texts("jardin", size=0) == []


WORDS = ("jardin", "jardins", "jradin", "le", "des", "l'été", "marché", "bien-être", "jar", "din", "ardi", "de", "3")
ENTRIES = st.lists(
    st.builds(
        CompletionEntry,
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
        st.sampled_from(["titre", "mot_cle", "region"]),
        st.sampled_from("abc"),
        st.integers(1, 3),
    ),
    max_size=30,
)
TYPED = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join).flatmap(
    lambda whole: st.builds(
        lambda end, cut, put: whole[:cut] + put + whole[cut + len(put) : end],
        st.integers(1, len(whole)),
        st.integers(0, len(whole)),
        st.sampled_from(["", "", "a", "n", "é", " ", "'"]),
    )
)  # fmt: skip


def words(text: str) -> list[str]:
    """The compared words, without an elision at the start."""
    bare = re.sub(r"^\W*([cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)", "", fold(text))
    return re.sub(r"[\W_]+", " ", bare).split()


def faults(text: str, typed: str) -> tuple[float, bool] | None:
    """The edits from `typed` to a prefix in `text`, and whether it is at an inner word; None beyond the maximum."""
    letters = len(typed.replace(" ", ""))
    allowed = 0 if letters < 4 else 1 if letters < 8 else 2
    found = []
    for place in range(len(words(text))):
        tail = " ".join(words(text)[place:])
        distance = min(OSA.distance(typed, tail[:length]) for length in range(1, len(tail) + 1))
        other = tail[0] != typed[0]
        if distance <= (min(1, allowed) if other else allowed):
            found.append((distance + other / 2, place > 0))
    return min(found, default=None)


def complete(entries: list[CompletionEntry], text: str, size: int) -> list[tuple[str, str, int]]:
    """The text, kind and count of the completions of `text`, found by scanning every entry."""
    typed = " ".join(words(text))
    if len(typed.replace(" ", "")) < 2:
        return []
    merged: dict[tuple[str, str], list[CompletionEntry]] = {}
    for entry in entries:
        merged.setdefault((entry.kind, fold(entry.text)), []).append(entry)
    ranked = []
    for (kind, _), same in merged.items():
        best = min(same, key=lambda entry: (-entry.count, entry.text, entry.id))
        count = sum(entry.count for entry in same)
        if wrong := faults(best.text, typed):
            key = " ".join(words(best.text))
            ranked.append(((*wrong, -count, len(key), key, kind, best.id), (best.text, kind, count)))
    ranked.sort()
    exact = [answer for key, answer in ranked if key[0] == 0]
    near = [answer for key, answer in ranked if key[0] > 0]
    chosen = choose(exact, size)
    return chosen + choose(near, size - len(chosen))


def choose(answers: list[tuple[str, str, int]], size: int) -> list[tuple[str, str, int]]:
    """The first of `answers`, at most half of one kind while others fill the rest."""
    half = -(-size // 2)
    early = {answer for place, answer in enumerate(answers) if [a[1] for a in answers[:place]].count(answer[1]) < half}
    kept = [answer for answer in answers if answer in early][:size]
    rest = [answer for answer in answers if answer not in early][: size - len(kept)]
    return [answer for answer in answers if answer in kept or answer in rest]


@settings(max_examples=300, deadline=None)
@given(ENTRIES, TYPED, st.integers(1, 9))
def test_completions_are_those_of_the_naive_definition(entries: list[CompletionEntry], typed: str, size: int) -> None:
    found = Completions(entries).complete(typed, size)

    assert [(one.text, one.kind, one.count) for one in found] == complete(entries, typed, size)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=8), st.text(max_size=40))
def test_any_text_is_answered(held: list[str], typed: str) -> None:
    entries = [CompletionEntry(text, "titre", str(place), 1) for place, text in enumerate(held)]

    assert len(Completions(entries).complete(typed, 3)) <= 3


def test_thousands_of_matches_are_ordered_in_little_time() -> None:
    entries = [
        CompletionEntry(f"Des ateliers de quartier {number}", "titre", str(number), 1) for number in range(10_000)
    ]
    completions = Completions(entries)
    times = []
    for typed in ("de", "des", "dse ateliers", "attelier de quartier"):
        start = perf_counter()
        assert len(completions.complete(typed, 8)) == 8
        times.append(perf_counter() - start)

    assert max(times) < 0.1  # seconds: ten times the documented figure, because a test machine may be busy
