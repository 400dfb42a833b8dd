"""Contract of every engine: spelling corrections."""

import pytest

from app.catalogue.query import ActionQuery
from app.search.analysis import stem
from app.search.engine import SearchEngine
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
from tests.search.sample_records import RECORDS, matching_numbers


@pytest.mark.parametrize(
    ("text", "suggestion", "expected"),
    [
        ("jardn", "jardin", {1, 2}),
        ("jadrin", "jardin", {1, 2}),
        ("JARDN", "jardin", {1, 2}),
        ("l'isolment", "l'isolement", {3}),
        ("evenemnt", "événement", {3}),
        ("terain jardn", "terrain jardin", {1}),
        ("Jardn,  PARTAGÉ !", "jardin,  PARTAGÉ !", {1}),
        ("le jardn du quartier", "le jardin du quartier", {1}),
        ("jardn cuisine Jardn", "jardin cuisine jardin", {2}),
        ("jardn -cuisine", "jardin -cuisine", {1}),
        ('jardn "mixité sociale"', 'jardin "mixité sociale"', {1}),
        ("titre:jardn", "titre:jardin", {1}),
        ("titre:jardn resume:terain", "titre:jardin resume:terrain", {1}),
        ("titre:terain", "titre:terrain", set()),
        ("jardn cui*", "jardin cui*", {2}),
        ("jardn xylophone cuisine", "jardin xylophone cuisine", {2}),
        ("jardn/terain", "jardin/terrain", {1}),
        ("🌱 jardn", "🌱 jardin", {1, 2}),
    ],
)
def test_a_word_that_nothing_holds_is_corrected_and_the_rest_stays_as_typed(
    ready: SearchEngine, text: str, suggestion: str, expected: set[int]
) -> None:
    assert ready.search(ActionQuery(text=text)).suggestion == suggestion
    assert matching_numbers(ready, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jardin",
        "jardins partages",
        "ÉTÉ",
        '"jardn"',
        '"jardn partagé"',
        'titre:"jardn"',
        "jardin -cusine",
        "jarx*",
        "jard1n",
        "93000",
        "rux",
        "xylophone",
        "zeugme xylophone",
        "jrdn",
        "-jardn",
    ],
)
def test_what_is_known_quoted_excluded_short_numbered_or_near_nothing_is_not_corrected(
    ready: SearchEngine, text: str
) -> None:
    assert ready.search(ActionQuery(text=text)).suggestion is None


@pytest.mark.parametrize("text", ['"jardn"', "jard1n", "rux", "xylophone", "zeugme xylophone"])
def test_what_is_not_known_and_not_corrected_is_found_nowhere(ready: SearchEngine, text: str) -> None:
    assert ready.search(ActionQuery(text=text)).total == 0


@pytest.mark.parametrize("text", ["jardn", "evenemnt", "Jardn terain", "titre:jardn", 'jardn "mixité sociale"'])
def test_the_answer_is_already_that_of_the_corrected_text(ready: SearchEngine, text: str) -> None:
    corrected = ready.search(ActionQuery(text=text))
    typed_well = ready.search(ActionQuery(text=corrected.suggestion or ""))
    assert corrected.hits == typed_well.hits != ()
    assert corrected.highlight_terms == typed_well.highlight_terms
    assert typed_well.suggestion is None


def test_the_correction_is_what_is_marked(ready: SearchEngine) -> None:
    assert ready.search(ActionQuery(text="jardn titre:ecrivian")).highlight_terms.stems == {
        "": {"jardin"},
        "titre": {stem("ecrivain")},
    }


def test_the_correction_is_spelled_as_most_records_do_in_lower_case(engine: SearchEngine) -> None:
    titles = ["Évènement", "événement", "Événement", "EVENEMENT"]
    engine.catch_up(
        ListRecordSource(*(make_record(number, f"{title} {number}") for number, title in enumerate(titles)))
    )
    assert engine.search(ActionQuery(text="évenemant")).suggestion == "événement"


def test_of_near_words_the_one_that_most_records_hold_is_meant(engine: SearchEngine) -> None:
    titles = ["Le bal", "Le balcon", "La balade", "Une balade", "Une salade", "Des balades"]
    engine.catch_up(ListRecordSource(*(make_record(number, title) for number, title in enumerate(titles))))
    assert engine.search(ActionQuery(text="balide")).suggestion == "balade"


def test_a_word_of_deleted_records_is_no_correction(ready: SearchEngine, source: ListRecordSource) -> None:
    assert ready.search(ActionQuery(text="cuisne")).suggestion == "cuisine"
    source.remove(RECORDS[1].id)
    ready.catch_up(source)
    assert ready.search(ActionQuery(text="cuisne")).suggestion is None
    source.put(RECORDS[1])
    ready.catch_up(source)
    assert ready.search(ActionQuery(text="cuisne")).suggestion == "cuisine"


def test_a_word_that_a_new_record_holds_is_no_longer_corrected(ready: SearchEngine, source: ListRecordSource) -> None:
    assert ready.search(ActionQuery(text="jargin")).suggestion == "jardin"
    source.put(make_record(6, "Le Jargin"))
    ready.catch_up(source)
    assert ready.search(ActionQuery(text="jargin")).suggestion is None
    assert ready.search(ActionQuery(text="jargins")).total == 1
