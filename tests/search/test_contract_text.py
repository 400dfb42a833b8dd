"""Contract of every engine: matches and scores of a text."""

import pytest

from app.catalogue.query import ActionQuery
from app.search.analysis import stem
from app.search.engine import SearchEngine
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
from tests.search.sample_records import IDS, matching_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jardin", {1, 2}),
        ("JARDINS", {1, 2}),
        ("jardin partage", {1}),
        ("terrains jardins", {1}),
        ("jardin cuisine", {2}),
        ("l'habitat", {5}),
        ("l’habitat", {5}),
        ("habitants", {1}),
        ("ainés", {3}),
        ("aine", {3}),
        ("coeur", {3}),
        ("cœur", {3}),
        ("évènements", {3}),
        ("ÉTÉ", {1, 4}),
        ("ete", {1, 4}),
        ("personne agee", {3}),
        ("bien-être", {2, 3}),
        ('"bien-être"', {2}),
        ('"bien être"', {2}),
        ("aujourd’hui", {3}),
        ("écrivain", {5}),
        ("tilleuls", {1, 2}),
        ("tilleuls nord", {1, 2}),
        ("sport", {4}),
        ("un jardin dans la ville", set()),
        ("le jardin du quartier", {1}),
        ("comment retrouver un terrain", set()),
        ("quel terrain", {1}),
        ("introuvable", set()),
    ],
)
def test_one_or_two_words_are_all_found_whatever_their_form(ready: SearchEngine, text: str, expected: set[int]) -> None:
    assert matching_numbers(ready, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"jardin partagé"', {1}),
        ('"partagé jardin"', set()),
        ("« centre social »", {1, 2}),
        ('"légumes des jardins"', {2}),
        ('"légumes jardins"', set()),
        ('"environnement mixité"', set()),
        ('"mixité sociale"', {1, 4}),
        ('"jardin"', {1, 2}),
        ('"Jardins" cuisine', {2}),
        ('"le jardin"', set()),
        ("jardin -cuisine", {1}),
        ("-jardin", {3, 4, 5}),
        ('-"mixité sociale"', {2, 3, 5}),
        ("-jardin -seniors -été", {3, 5}),
        ("titre:jardin", {1}),
        ("mots_cles:sociale", {1, 4}),
        ('titre:"semaine bleue"', {3}),
        ("-titre:jardin jardin", {2}),
        ("public:seniors", set()),
        ("titre:jardin resume:terrain", {1}),
        ("titre:jardin resume:légumes", set()),
        ("jar*", {1, 2}),
        ("cui*", {2}),
        ("immeuble*", {4}),
        ("ANIM*", {4}),
        ("env*", {1}),
        ("é*", {1, 2, 3, 4, 5}),
        ("titre:jar*", {1}),
        ("zz*", set()),
        ("jardin -cui*", {1}),
        ("des", {1, 2, 3, 4}),
        ("qui", set()),
    ],
)
def test_the_query_language_holds(ready: SearchEngine, text: str, expected: set[int]) -> None:
    assert matching_numbers(ready, text) == expected


@pytest.mark.parametrize("text", ["", " ", "…", '"', "-", "🌱", "-les"])
def test_a_text_without_a_word_restricts_nothing_and_says_so(ready: SearchEngine, text: str) -> None:
    result = ready.search(ActionQuery(text=text))
    assert (result.total, result.has_words) == (5, False)
    assert {hit.score for hit in result.hits} == {None}


def test_an_answer_says_what_to_mark(ready: SearchEngine) -> None:
    marks = ready.search(ActionQuery(text='jardins titre:aînés cui* -sport "bien-être" "été"')).highlight_terms
    assert marks.stems == {"": {"jardin", "ete"}, "titre": {stem("aines")}}
    assert marks.prefixes == {"": {"cui"}}
    assert marks.phrases == {"": {("bien", stem("etre"))}}


def test_a_match_in_the_title_comes_before_one_in_a_text(ready: SearchEngine) -> None:
    first, second = ready.search(ActionQuery(text="jardin")).hits
    assert (IDS[first.id], IDS[second.id]) == (1, 2)
    assert (first.score or 0) > (second.score or 0) > 0


def test_a_rare_word_is_worth_more_than_a_common_one(ready: SearchEngine) -> None:
    rare = ready.search(ActionQuery(text="mots_cles:sante")).hits[0].score or 0
    common = ready.search(ActionQuery(text="mots_cles:mixite")).hits[0].score or 0
    assert rare > common


def test_a_word_as_it_was_typed_is_worth_a_little_more_than_another_form(engine: SearchEngine) -> None:
    engine.catch_up(
        ListRecordSource(make_record(1, "Un jardin"), make_record(2, "Les jardins"), make_record(3, "École"))
    )
    for text, first in (("jardin", "un-jardin"), ("jardins", "les-jardins")):
        better, other = engine.search(ActionQuery(text=text)).hits
        assert better.id.startswith(first)
        assert (better.score or 0) > (other.score or 0) > 0.8 * (better.score or 0)


def test_in_quotes_the_form_of_a_word_does_not_matter(engine: SearchEngine) -> None:
    engine.catch_up(
        ListRecordSource(make_record(1, "Un jardin"), make_record(2, "Les jardins"), make_record(3, "École"))
    )
    one, other = engine.search(ActionQuery(text='"jardin"')).hits
    assert one.score == other.score


def test_the_same_words_are_worth_less_in_a_longer_record(engine: SearchEngine) -> None:
    long = make_record(1, "Jardin long", resume="Des mots et encore des mots pour ne rien dire. " * 5)
    engine.catch_up(ListRecordSource(long, make_record(2, "Jardin court", resume="Des mots.")))
    assert [hit.id for hit in engine.search(ActionQuery(text="jardin")).hits] == [
        make_record(2, "Jardin court").id,
        long.id,
    ]


def test_a_word_of_every_record_is_worth_something_still(engine: SearchEngine) -> None:
    engine.catch_up(ListRecordSource(*(make_record(number, f"Jardin {number}") for number in range(1, 4))))
    assert all((hit.score or 0) > 0 for hit in engine.search(ActionQuery(text="jardin")).hits)


def test_the_beginning_of_a_word_is_worth_one_and_an_exclusion_nothing(ready: SearchEngine) -> None:
    assert {hit.score for hit in ready.search(ActionQuery(text="jar* -sport")).hits} == {1.0}
    assert {hit.score for hit in ready.search(ActionQuery(text="-sport")).hits} == {0.0}
