"""What every search engine finds for a text, in the words of those who search."""

import pytest

from app.catalogue.query import ActionQuery
from app.search.engine import SearchEngine
from tests.search.catalogue import IDS, found


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
def test_all_words_are_found_whatever_their_form(ready: SearchEngine, text: str, expected: set[int]) -> None:
    assert found(ready, text) == expected


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
        ("jardin -cuisine", {1}),
        ("-jardin", {3, 4, 5}),
        ('-"mixité sociale"', {2, 3, 5}),
        ("-jardin -seniors -été", {3, 5}),
        ("titre:jardin", {1}),
        ("mots_cles:sociale", {1, 4}),
        ('titre:"semaine bleue"', {3}),
        ("-titre:jardin jardin", {2}),
        ("public:seniors", set()),
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
    assert found(ready, text) == expected


@pytest.mark.parametrize("text", ["", " ", "…", '"', "-", "🌱", "-les"])
def test_a_text_without_a_word_restricts_nothing_and_says_so(ready: SearchEngine, text: str) -> None:
    result = ready.search(ActionQuery(text=text))
    assert (result.total, result.searched) == (5, False)
    assert {hit.score for hit in result.hits} == {None}


def test_an_answer_says_what_to_mark(ready: SearchEngine) -> None:
    marks = ready.search(ActionQuery(text="jardins titre:aînés cui* -sport")).marks
    assert marks.stems == {"": {"jardin"}, "titre": {"ain"}}
    assert marks.prefixes == {"": {"cui"}}


def test_a_match_in_the_title_comes_before_one_in_a_text(ready: SearchEngine) -> None:
    first, second = ready.search(ActionQuery(text="jardin")).hits
    assert (IDS[first.id], IDS[second.id]) == (1, 2)
    assert (first.score or 0) > (second.score or 0) > 0


def test_a_rare_word_is_worth_more_than_a_common_one(ready: SearchEngine) -> None:
    rare = ready.search(ActionQuery(text="mots_cles:sante")).hits[0].score or 0
    common = ready.search(ActionQuery(text="mots_cles:mixite")).hits[0].score or 0
    assert rare > common
