"""Contract of every engine: aggregations."""

from datetime import UTC, datetime

from app.catalogue.fields import FIELDS
from app.catalogue.query import ActionQuery, FacetFilter
from app.catalogue.statistics import MAX_PAIRED_VALUES, FacetBreakdown, Statistics, ValuePair
from app.search.engine import SearchEngine
from tests.factories import make_record
from tests.search.record_source import ListRecordSource


def statistics(engine: SearchEngine, text: str = "", *filters: FacetFilter, size: int = 50) -> Statistics:
    return engine.aggregate(ActionQuery(text=text, filters=filters, facet_size=size)).statistics


def numbers(breakdown: FacetBreakdown) -> dict[str, int]:
    return {count.label: count.number for count in breakdown.counts}


def test_the_whole_catalogue_is_counted_by_facet(ready: SearchEngine) -> None:
    found = statistics(ready)
    assert found.total == 5
    assert numbers(found.facets["dimension"]) == {"Citoyenneté": 3, "Services": 1}
    first = found.facets["departement"].counts[0]
    assert (first.value, first.label, first.number) == ("59", "Nord", 2)
    assert (found.facets["departement"].distinct, found.facets["departement"].records_with_value) == (3, 4)
    assert (found.facets["structure"].distinct, found.facets["structure"].records_with_value) == (4, 5)


def test_a_filter_holds_for_the_counts_of_its_own_facet_too(ready: SearchEngine) -> None:
    found = statistics(ready, "", FacetFilter("dimension", ("citoyennete",)))
    assert (found.total, numbers(found.facets["dimension"])) == (3, {"Citoyenneté": 3})
    assert numbers(found.facets["departement"]) == {"Nord": 2, "Rhône": 1}


def test_a_text_restricts_what_is_counted(ready: SearchEngine) -> None:
    found = statistics(ready, '"légumes des jardins"')
    assert (found.total, numbers(found.facets["public"])) == (1, {"Familles": 1})
    assert found.pairs == (ValuePair(("Alimentation", "Santé"), 1),)


def test_only_so_many_values_are_named_but_all_are_counted(ready: SearchEngine) -> None:
    found = statistics(ready, size=1)
    assert numbers(found.facets["mot_cle"]) == {"Mixité sociale": 2}
    assert (found.facets["mot_cle"].distinct, found.facets["mot_cle"].records_with_value) == (6, 4)
    assert len(found.pairs) == 1
    # A map wants every place.
    assert numbers(found.facets["departement"]) == {"Nord": 2, "Rhône": 1, "Seine-Saint-Denis": 1}


def test_pairs_of_keywords_are_the_most_frequent_first_then_by_label(engine: SearchEngine) -> None:
    source = ListRecordSource(
        make_record(1, "A", mots_cles=["Santé", "École", "Sport"]),
        make_record(2, "B", mots_cles=["sport", "santé"]),
        make_record(3, "C", mots_cles=["Sport"]),
        make_record(4, "D", mots_cles=["Sport", "Culture"]),
        make_record(5, "E", mots_cles=["Sport", "SPORT"]),
    )
    engine.catch_up(source)
    assert [(pair.labels, pair.number) for pair in statistics(engine).pairs] == [
        (("Santé", "Sport"), 2),
        (("Culture", "Sport"), 1),
        (("École", "Santé"), 1),
        (("École", "Sport"), 1),
    ]


def test_a_record_with_very_many_keywords_is_about_no_two_of_them(engine: SearchEngine) -> None:
    keywords = [f"Mot {number}" for number in range(MAX_PAIRED_VALUES + 1)]
    engine.catch_up(
        ListRecordSource(make_record(1, "A", mots_cles=keywords[:-1]), make_record(2, "B", mots_cles=keywords))
    )
    found = statistics(engine, size=1000)
    assert len(found.pairs) == MAX_PAIRED_VALUES * (MAX_PAIRED_VALUES - 1) / 2
    assert {pair.number for pair in found.pairs} == {1}


def test_years_of_entry_come_in_their_order_and_all_of_them(engine: SearchEngine) -> None:
    records = [make_record(number, f"Action {number}") for number in (1, 400, 800, 410)]
    engine.catch_up(ListRecordSource(*records))
    assert [(year.value, year.number) for year in statistics(engine, size=1).years.counts] == [
        ("2026", 1),
        ("2027", 2),
        ("2028", 1),
    ]


def test_a_year_begins_in_utc(engine: SearchEngine) -> None:
    record = make_record(1)
    moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    engine.catch_up(ListRecordSource(type(record)(1, record.id, 1, record.action, cree_le=moment, modifie_le=moment)))
    assert [year.value for year in statistics(engine).years.counts] == ["2026"]


def test_every_field_is_counted_where_it_says_something(engine: SearchEngine) -> None:
    said = {
        field.key: list(field.example) if isinstance(field.example, tuple) else field.example for field in FIELDS[2:]
    }
    engine.catch_up(ListRecordSource(make_record(1, "Pleine", **said), make_record(2, "Vide", resume="")))
    filled = statistics(engine).filled
    assert filled == {field.key: 2 if field.key in {"titre", "structure"} else 1 for field in FIELDS}


def test_deleted_and_changed_records_count_as_they_are_now(engine: SearchEngine) -> None:
    source = ListRecordSource(make_record(1, "A", finances="10 €"), make_record(2, "B"))
    engine.catch_up(source)
    source.put(make_record(1, "A", version=2, mots_cles=["Sport", "Santé"]))
    source.remove(make_record(2, "B").id)
    engine.catch_up(source)
    found = statistics(engine)
    assert (found.total, found.filled["finances"], found.filled["mots_cles"]) == (1, 0, 1)
    assert [year.number for year in found.years.counts] == [1]


def test_of_nothing_there_is_nothing_to_count(engine: SearchEngine) -> None:
    engine.catch_up(ListRecordSource())
    found = statistics(engine)
    assert (found.total, found.pairs, found.years) == (0, (), FacetBreakdown((), 0, 0))
    assert set(found.filled.values()) == {0}
    assert found.share(0) == 0.0


def test_values_that_nobody_holds_are_named_and_words_corrected(ready: SearchEngine) -> None:
    tally = ready.aggregate(ActionQuery(text="jardon", filters=(FacetFilter("dimension", ("Xyz",)),)))
    assert [value.value for value in tally.unknown] == ["Xyz"]
    assert tally.suggestion == "jardin"
    assert tally.has_words
