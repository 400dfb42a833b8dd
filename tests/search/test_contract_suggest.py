"""Contract of every engine: completion with the titles and facet values of live records."""

import pytest

from app.search.engine import SearchEngine, Suggestion
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
from tests.search.sample_records import RECORDS


def texts(engine: SearchEngine, text: str, size: int = 8) -> list[str]:
    return [found.text for found in engine.suggest(text, size)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jar", Suggestion("Jardin partagé du quartier", "titre", RECORDS[0].id, 1)),
        ("QUARTIER", Suggestion("Jardin partagé du quartier", "titre", RECORDS[0].id, 1)),
        ("écriv", Suggestion("« Écrivain public »", "titre", RECORDS[4].id, 1)),
        ("mixite soc", Suggestion("Mixité sociale", "mot_cle", "Mixité sociale", 2)),
        ("âgées", Suggestion("Personnes âgées", "mot_cle", "Personnes âgées", 1)),
        ("till", Suggestion("Centre social des Tilleuls", "structure", "centre-social-des-tilleuls-nord", 2)),
        ("coeur de", Suggestion("Espace Cœur de ville", "structure", "espace-coeur-de-ville-rhone", 1)),
        ("nor", Suggestion("Nord", "departement", "59", 2)),
        ("saint-d", Suggestion("Seine-Saint-Denis", "departement", "93", 1)),
        ("île", Suggestion("Île-de-France", "region", "11", 1)),
        ("hauts de", Suggestion("Hauts-de-France", "region", "32", 2)),
    ],
)
def test_every_kind_is_completed_with_its_identifier_and_number_of_records(
    ready: SearchEngine, text: str, expected: Suggestion
) -> None:
    assert ready.suggest(text, 8)[0] == expected


@pytest.mark.parametrize("text", ["", "j", "l'", "«", "🙂", "citoyen", "familles", "terrain"])
def test_too_little_and_what_is_no_title_keyword_structure_or_place_are_not_completed(
    ready: SearchEngine, text: str
) -> None:
    assert ready.suggest(text, 8) == ()


@pytest.mark.parametrize(
    ("text", "first"),
    [("jradin", "Jardin partagé du quartier"), ("ecrivian", "« Écrivain public »"), ("tileuls", "Tilleuls")],
)
def test_what_comes_near_is_found(ready: SearchEngine, text: str, first: str) -> None:
    assert first in texts(ready, text)[0]


def test_no_more_are_given_than_are_asked_for(ready: SearchEngine) -> None:
    everything = texts(ready, "de", 20)

    assert len(everything) > 2
    assert len(texts(ready, "de", 2)) == 2
    assert texts(ready, "de", 1) == everything[:1]


def test_spellings_of_one_keyword_are_one(engine: SearchEngine) -> None:
    spellings = ("Précarité", "precarite", "Précarité")
    engine.catch_up(
        ListRecordSource(
            *(make_record(place, f"Titre {place}", mots_cles=[word]) for place, word in enumerate(spellings))
        )
    )

    assert engine.suggest("preca", 8) == (Suggestion("Précarité", "mot_cle", "Précarité", 3),)


def test_a_change_is_known_once_the_engine_has_caught_up(ready: SearchEngine, source: ListRecordSource) -> None:
    source.remove(RECORDS[0].id)
    source.put(make_record(6, "Jardinage au balcon", mots_cles=["Mixité sociale"], structure="Association - Isère"))
    ready.catch_up(source)

    assert texts(ready, "jardin") == ["Jardinage au balcon"]
    assert ready.suggest("centre social", 8)[0].count == 1
    assert ready.suggest("mixite", 8)[0].count == 2
    assert texts(ready, "isere") == ["Isère"]


def test_an_engine_without_records_completes_nothing(engine: SearchEngine) -> None:
    engine.catch_up(ListRecordSource())

    assert engine.suggest("jardin", 8) == ()
