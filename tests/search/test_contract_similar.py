"""Contract of every engine: similar records and shared words."""

import pytest

from app.catalogue.record import Record
from app.search.engine import SearchEngine
from tests.factories import make_record
from tests.search import sample_records as catalogue
from tests.search.record_source import ListRecordSource

# Structures without a common word: only the texts of the tests make the records similar.
GARDEN = make_record(
    1,
    "Jardins partagés",
    structure="Alpha - Nord",
    mots_cles=["Environnement"],
    resume="Des habitants cultivent l'été un terrain et son compost.",
)
NEAREST = make_record(
    2,
    "Un jardin partagé",
    structure="Bravo - Rhône",
    mots_cles=["Environnement"],
    resume="On y cultive un terrain, avec un compost.",
)
NEAR = make_record(3, "Fête du compost", structure="Charlie - Isère", mots_cles=["Musique"], resume="Un soir de juin.")
APART = make_record(4, "Ateliers cuisine", structure="Delta - Var", mots_cles=["Santé"], resume="Des recettes.")
OTHER = make_record(5, "Soutien scolaire", structure="Echo - Aude", mots_cles=["Éducation"], resume="Des leçons.")
RECORDS = (GARDEN, NEAREST, NEAR, APART, OTHER)


@pytest.fixture
def gardens(engine: SearchEngine) -> SearchEngine:
    """Each engine in turn, with those records indexed."""
    engine.catch_up(ListRecordSource(*RECORDS))
    return engine


def ids(engine: SearchEngine, record: Record, size: int = 5) -> list[str]:
    return [found.id for found in engine.similar(record, size)]


def test_the_nearest_records_come_first_and_those_that_share_nothing_are_left_out(gardens: SearchEngine) -> None:
    assert ids(gardens, GARDEN) == [NEAREST.id, NEAR.id]
    assert ids(gardens, APART) == []


def test_a_record_is_never_near_itself_and_there_are_no_more_than_asked_for(ready: SearchEngine) -> None:
    everything = {record.id: ids(ready, record, 20) for record in catalogue.RECORDS}

    assert any(everything.values())
    for record in catalogue.RECORDS:
        assert record.id not in everything[record.id]
        assert ids(ready, record, 1) == everything[record.id][:1]


def test_the_score_descends_and_is_above_nothing(ready: SearchEngine) -> None:
    for record in catalogue.RECORDS:
        found = ready.similar(record, 20)
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
        assert all(hit.score > 0 and hit.shared for hit in found)


def test_equal_scores_go_by_identifier(engine: SearchEngine) -> None:
    twins = [make_record(number, "Compost", structure=f"S{number} - Nord") for number in range(1, 6)]
    engine.catch_up(ListRecordSource(*twins, make_record(9, "Cuisine", structure="X - Var")))

    assert ids(engine, twins[0]) == sorted(record.id for record in twins[1:])


def test_the_shared_words_are_those_of_the_given_record_as_it_writes_them(gardens: SearchEngine) -> None:
    nearest, near = gardens.similar(GARDEN, 5)

    assert {"jardins", "partagés", "environnement", "cultivent", "terrain", "compost"} >= set(nearest.shared)
    assert {"jardins", "partagés"} <= set(nearest.shared)
    assert near.shared == ("compost",)


def test_shared_words_are_told_the_most_telling_first_and_eight_at_most(engine: SearchEngine) -> None:
    words = "abricot betterave carotte datte endive fenouil groseille haricot igname jujube"
    one, two = (make_record(number, f"Marché {words}", structure=f"S{number} - Nord") for number in (1, 2))
    others = [make_record(number, "Marché", structure=f"S{number} - Nord") for number in range(3, 9)]
    engine.catch_up(ListRecordSource(one, two, *others))
    (nearest, *_) = engine.similar(one, 5)

    assert nearest.id == two.id
    assert len(nearest.shared) == len(set(nearest.shared)) == 8
    assert set(nearest.shared) <= set(words.split())


def test_stop_words_tie_nothing(engine: SearchEngine) -> None:
    one = make_record(1, "Avec les uns", structure="Alpha - Nord", resume="Pour tous et avec nous.")
    two = make_record(2, "Les bals", structure="Bravo - Var", resume="Et avec cela, pour quoi ?")
    engine.catch_up(ListRecordSource(one, two))

    assert ids(engine, one) == []


def test_a_record_that_changed_is_compared_as_it_is_given(gardens: SearchEngine) -> None:
    changed = make_record(4, "Le compost en cuisine", structure="Delta - Var")

    assert {NEAREST.id, NEAR.id} <= set(ids(gardens, changed))


def test_a_deleted_record_is_near_none(engine: SearchEngine) -> None:
    source = ListRecordSource(*RECORDS)
    engine.catch_up(source)
    source.remove(NEAREST.id)
    engine.catch_up(source)

    assert ids(engine, GARDEN) == [NEAR.id]
