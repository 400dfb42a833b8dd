"""Contract of every engine: synonyms of the thesaurus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalogue.query import ActionQuery
from app.search.analysis import stem
from app.search.engine import SearchEngine
from tests.factories import make_record
from tests.search.conftest import ENGINES
from tests.search.record_source import ListRecordSource
from tests.search.sample_thesaurus import THESAURUS

RECORDS = (
    make_record(1, "Bal des seniors", structure="Alpha - Nord"),
    make_record(2, "Bal des aînés", structure="Bravo - Nord"),
    make_record(3, "Repas", structure="Charlie - Nord", resume="Pour des personnes très âgées."),
    make_record(4, "Sortie", structure="Delta - Nord", mots_cles=["Personnes âgées", "Loisirs"]),
    make_record(5, "Chantier", structure="Echo - Nord", resume="Dans les quartiers prioritaires."),
    make_record(6, "Fête", structure="Foxtrot - Nord", resume="Au pied d'un immeuble du QPV, dans le quartier."),
    make_record(7, "Gazette", structure="Golf - Nord", resume="Une personne écrit."),
    make_record(8, "Potager", structure="Hôtel - Nord", resume="Un jardin, une serre."),
    make_record(9, "Leçons", structure="India - Nord", resume="Un atelier FLE."),
    make_record(10, "Emploi", structure="Juliette - Nord", resume="Le revenu de solidarité active, en bref."),
)
IDS = {record.id: record.number for record in RECORDS}


@pytest.fixture(params=ENGINES)
def learned(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchEngine]:
    """Each engine in turn with a thesaurus, without an index."""
    engine = ENGINES[request.param](tmp_path / "learned", THESAURUS)
    yield engine
    engine.close()


@pytest.fixture
def knowing(learned: SearchEngine) -> SearchEngine:
    """Each engine in turn with a thesaurus, with those records indexed."""
    learned.catch_up(ListRecordSource(*RECORDS))
    return learned


def ranked(engine: SearchEngine, text: str) -> list[int]:
    """The record numbers of the full matches, in order."""
    result = engine.search(ActionQuery(text=text))
    return [IDS[hit.id] for hit in result.hits][: result.full_matches]


def scores(engine: SearchEngine, text: str) -> dict[int, float]:
    return {IDS[hit.id]: hit.score or 0 for hit in engine.search(ActionQuery(text=text)).hits}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seniors", {1, 2, 4}),
        ("senior", {1, 2, 4}),
        ("AINES", {1, 2, 4}),
        ("personnes âgées", {1, 2, 3, 4}),
        ("personne agee", {1, 2, 3, 4}),
        ("âgées", {3, 4}),
        ("personne", {3, 4, 7}),
        ("QPV", {5, 6}),
        ("qpv", {5, 6}),
        ("quartier prioritaire", {5, 6}),
        ("prioritaires quartiers", {5}),
        ("bal personnes âgées", {1, 2, 3, 4}),
        ("bal seniors", {1, 2}),
        ("français langue étrangère", {9}),
        ("jardin nourricier", {8}),
        ("nourricier", set()),
        ("RSA", {10}),
        ("revenu de solidarité active", {10}),
        ("revenus solidarités actives", {10}),
    ],
)
def test_each_of_a_group_finds_the_others_words_of_several_only_side_by_side(
    knowing: SearchEngine, text: str, expected: set[int]
) -> None:
    assert set(ranked(knowing, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"seniors"', {1}),
        ('"personnes âgées"', {4}),
        ("titre:seniors", {1}),
        ("seni*", {1}),
        ("bal -seniors", {2}),
        ('bal -"personnes âgées"', {1, 2}),
        ('"QPV"', {6}),
    ],
)
def test_what_is_quoted_begun_excluded_or_of_a_field_stands_for_itself(
    knowing: SearchEngine, text: str, expected: set[int]
) -> None:
    assert set(ranked(knowing, text)) == expected


def test_without_a_thesaurus_words_stand_for_themselves(engine: SearchEngine) -> None:
    engine.catch_up(ListRecordSource(*RECORDS))
    assert ranked(engine, "seniors") == [1]
    assert ranked(engine, "français langue étrangère") == []


@pytest.mark.parametrize(("text", "typed", "synonym"), [("seniors", 1, 2), ("aînés", 2, 1)])
def test_a_synonym_is_worth_less_than_the_word_that_was_typed(
    knowing: SearchEngine, text: str, typed: int, synonym: int
) -> None:
    found = scores(knowing, text)
    assert ranked(knowing, text)[0] == typed
    assert 0 < found[synonym] < found[typed] / 2


def test_a_rare_synonym_is_worth_no_more_than_what_was_typed_would_be(learned: SearchEngine) -> None:
    common = [make_record(number, f"Seniors {number}") for number in range(1, 9)]
    rare = make_record(9, "Aînés 9")
    learned.catch_up(ListRecordSource(*common, rare))
    assert learned.search(ActionQuery(text="seniors")).hits[-1].id == rare.id


def test_a_record_that_holds_both_is_worth_what_was_typed(learned: SearchEngine) -> None:
    both = make_record(1, "Seniors et aînés")
    learned.catch_up(ListRecordSource(both, make_record(2, "Cinéma"), make_record(3, "Repas")))
    [synonym] = learned.search(ActionQuery(text="seniors")).hits
    [alone] = learned.search(ActionQuery(text="sénior")).hits
    [quoted] = learned.search(ActionQuery(text='"seniors"')).hits
    # Words in quotes have no synonyms and no bonus for the typed form.
    assert quoted.score == alone.score
    assert (synonym.score or 0) == pytest.approx(1.15 * (quoted.score or 0), abs=1e-5)


def test_what_means_the_same_is_marked_several_words_as_a_phrase(knowing: SearchEngine) -> None:
    marks = knowing.search(ActionQuery(text="aînés bal")).highlight_terms
    assert marks.stems == {"": {stem("aines"), stem("seniors"), "bal"}}
    assert marks.phrases == {"": {(stem("personnes"), stem("agees"))}}
    marks = knowing.search(ActionQuery(text="quartier prioritaire")).highlight_terms
    assert marks.stems == {"": {stem("quartier"), stem("prioritaire"), "qpv"}}
    assert not marks.phrases


def test_a_word_that_only_the_thesaurus_knows_is_not_corrected(knowing: SearchEngine) -> None:
    result = knowing.search(ActionQuery(text="français langue étrangère"))
    assert (result.suggestion, result.full_matches) == (None, 1)


@pytest.mark.parametrize(
    ("text", "suggestion", "expected"),
    [
        ("senoirs", "seniors", {1, 2, 4}),
        ("francais langeu etrangere", "francais langue etrangere", {9}),
        ("pesronnes agées", "personnes agées", {1, 2, 3, 4}),
    ],
)
def test_a_corrected_word_means_what_its_group_does(
    knowing: SearchEngine, text: str, suggestion: str, expected: set[int]
) -> None:
    result = knowing.search(ActionQuery(text=text))
    assert result.suggestion == suggestion
    assert set(ranked(knowing, text)) == expected
