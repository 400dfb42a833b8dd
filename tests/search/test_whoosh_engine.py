"""The Whoosh engine beyond the contract: fields, cursors, catch-up, and rebuild during searches."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.catalogue.action import Action, action_model
from app.catalogue.cursor import SortPosition
from app.catalogue.errors import IndexUnavailable, InvalidParameter, StoreUnavailable
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.record import Change, Record
from app.catalogue.sorting import RELEVANCE_SORT
from app.search.columnar.documents import IndexSchema
from app.search.whoosh_engine import WhooshEngine
from app.search.whoosh_engine.schema import index_fingerprint
from tests.factories import make_record
from tests.search.conftest import garden_source, live_directory, total
from tests.search.record_source import ListRecordSource


@pytest.fixture
def other(directory: Path) -> Iterator[WhooshEngine]:
    """A second engine on the same index, as in another process."""
    with closing(WhooshEngine(directory)) as engine:
        yield engine


class TestFields:
    lieu = Field("lieu", "- Lieu", FieldKind.ONE, "Lieu", "Lieu de l'action", "Salle", weight=1.0, facets=("lieu",))

    def test_a_field_of_the_registry_is_indexed_and_found(self, tmp_path: Path) -> None:
        fields = (*FIELDS, self.lieu)
        assert index_fingerprint(IndexSchema.of(fields)) != index_fingerprint(IndexSchema.of(FIELDS))
        action = action_model(fields, "Longer")(titre="Jardin", structure="Maison - Nord", lieu="Gymnase")
        record = Record(1, "jardin", 1, _as_action(action), *(make_record().cree_le,) * 2)
        with closing(WhooshEngine(tmp_path, fields)) as engine:
            engine.catch_up(ListRecordSource(record))
            assert engine.search(ActionQuery(text="gymnase")).total == 1
            assert engine.search(ActionQuery(text="lieu:gymnase")).total == 1
            assert engine.search(ActionQuery(text="titre:gymnase")).total == 0
            wanted = ActionQuery(
                filters=(FacetFilter("lieu", ("GYMNASE",)),), sort=(SortKey("lieu"),), facets=("lieu",)
            )
            assert engine.search(wanted).facets["lieu"].values[0].label == "Gymnase"

    def test_an_index_of_other_fields_is_built_anew(self, whoosh: WhooshEngine, directory: Path) -> None:
        whoosh.catch_up(garden_source(1))
        with closing(WhooshEngine(directory, FIELDS[:-1])) as shorter:
            with pytest.raises(IndexUnavailable):
                total(shorter)
            assert shorter.catch_up(garden_source(2)) == 2
            assert total(shorter) == 2


def _as_action(value: Any) -> Action:
    """Return `value`, which has more attributes than an action, typed as one."""
    action: Action = value
    return action


class TestUnknownValues:
    @pytest.fixture
    def engine(self, whoosh: WhooshEngine) -> WhooshEngine:
        whoosh.catch_up(
            ListRecordSource(make_record(1, dimension="Citoyenneté"), make_record(2, "École", dimension="Services"))
        )
        return whoosh

    @pytest.mark.parametrize(
        ("facet", "value", "nearest"),
        [
            ("dimension", "Citoyennté", "Citoyenneté"),
            ("dimension", "service", "Services"),
            ("departement", "nrd", "Nord"),
            ("dimension", "qqq", None),
            ("public", "Tous", None),
        ],
    )
    def test_the_nearest_known_label_is_named(
        self, engine: WhooshEngine, facet: str, value: str, nearest: str | None
    ) -> None:
        [unknown] = engine.search(ActionQuery(filters=(FacetFilter(facet, (value,)),))).unknown
        assert (unknown.value, unknown.nearest) == (value, nearest)


class TestPositions:
    @pytest.mark.parametrize(
        ("name", "after"),
        [
            ("titre", ()),
            ("titre", ("jardin",)),
            ("titre", ("a", "jardin")),
            ("titre", (0, "jardin")),
            ("titre", (0, 1.0, "jardin")),
            ("titre", (0, "jardin", 1.0)),
            ("titre", (0, "a", "b", "c")),
            ("titre", (2, "jardin", "jardin")),
            ("titre", (-1, "jardin", "jardin")),
            ("titre", ("0", "jardin", "jardin")),
            (RELEVANCE_SORT, (0, "a", "jardin")),
            (RELEVANCE_SORT, (0, float("nan"), "jardin")),
            (RELEVANCE_SORT, (0, float("inf"), "jardin")),
        ],
    )
    def test_a_position_of_another_order_is_refused(self, whoosh: WhooshEngine, name: str, after: SortPosition) -> None:
        whoosh.catch_up(garden_source(2))
        with pytest.raises(InvalidParameter, match="curseur"):
            whoosh.search(ActionQuery(sort=(SortKey(name),), after=after))

    @pytest.mark.parametrize("score", [10**400, -(10**400), float("nan"), float("inf")])
    def test_what_no_record_scores_is_refused(self, whoosh: WhooshEngine, score: float) -> None:
        whoosh.catch_up(garden_source(2))
        with pytest.raises(InvalidParameter):
            whoosh.search(ActionQuery(text="jardin", after=(0, score, "")))

    def test_deep_pages_are_sorted_as_the_first_ones(self, whoosh: WhooshEngine) -> None:
        whoosh.catch_up(garden_source(40))
        whole = whoosh.search(ActionQuery(limit=None)).hits
        assert whoosh.search(ActionQuery(limit=3)).hits == whole[:3]
        assert whoosh.search(ActionQuery(offset=30, limit=3)).hits == whole[30:33]


class TestCatchUp:
    def test_there_is_no_answer_before_the_first(self, whoosh: WhooshEngine) -> None:
        for question in (lambda: total(whoosh), whoosh.health, whoosh.versions):
            with pytest.raises(IndexUnavailable, match="reconstruire"):
                question()

    def test_another_engine_sees_what_one_has_applied(self, whoosh: WhooshEngine, other: WhooshEngine) -> None:
        source = garden_source(1)
        whoosh.catch_up(source)
        assert total(other) == 1
        source.put(make_record(2, "École"))
        other.catch_up(source)
        assert total(whoosh) == 2

    def test_many_small_commits_leave_few_files_and_the_right_records(
        self, whoosh: WhooshEngine, other: WhooshEngine, directory: Path
    ) -> None:
        source = garden_source(3)
        whoosh.catch_up(source)
        for number in range(4, 24):
            source.put(make_record(number, f"Jardin {number}"))
            source.remove(make_record(number - 3, f"Jardin {number - 3}").id)
            whoosh.catch_up(source)
            assert total(other, "jardin") == total(whoosh) == 3
        assert len(list(live_directory(directory).glob("applied-*"))) <= 2
        assert len(list(live_directory(directory).glob("*.toc"))) == 1
        assert len(list(live_directory(directory).iterdir())) < 20

    def test_a_feed_that_breaks_leaves_the_last_commit(self, whoosh: WhooshEngine, directory: Path) -> None:
        source = garden_source(2)
        whoosh.catch_up(source)
        source.put(make_record(3, "École"))
        source.put(make_record(4, "Été"))
        with pytest.raises(StoreUnavailable):
            whoosh.catch_up(FailingSource(source))
        assert (total(whoosh), whoosh.health().change) == (2, 2)
        with pytest.raises(StoreUnavailable):
            whoosh.rebuild(FailingSource(source))
        assert len(list(directory.glob("g-*"))) == 1
        assert whoosh.catch_up(source) == 4

    def test_engines_that_catch_up_at_once_apply_each_change_once(
        self, whoosh: WhooshEngine, other: WhooshEngine
    ) -> None:
        source = garden_source(5)
        reached = _together(
            *(lambda engine=engine: engine.catch_up(source) for engine in (whoosh, other, whoosh, other))
        )
        assert reached == [5] * 4
        assert (total(whoosh), len(whoosh.versions())) == (5, 5)
        for number in range(6, 12):
            source.put(make_record(number, f"Jardin {number}"))
        assert _together(*(lambda engine=engine: engine.catch_up(source) for engine in (whoosh, other))) == [11] * 2
        assert total(other) == 11

    def test_a_closed_engine_can_be_asked_again(self, whoosh: WhooshEngine) -> None:
        whoosh.catch_up(garden_source(1))
        whoosh.close()
        whoosh.close()
        assert total(whoosh) == 1


class FailingSource:
    """A record source that fails after one record or change."""

    def __init__(self, source: ListRecordSource) -> None:
        self._feed = source

    def last_change(self) -> int:
        return self._feed.last_change()

    def change_token(self, number: int) -> str:
        return self._feed.change_token(number)

    def changes_after(self, number: int) -> Iterator[Change]:
        yield next(self._feed.changes_after(number))
        raise StoreUnavailable("La base ne répond pas.")

    def records(self) -> Iterator[Record]:
        yield next(self._feed.records())
        raise StoreUnavailable("La base ne répond pas.")


class ChangingSource(ListRecordSource):
    """A record source that changes while its records are read: one is added, one updated, one removed."""

    def records(self) -> Iterator[Record]:
        for place, record in enumerate(list(super().records())):
            if place == 1:
                self.put(make_record(90, "Arrivée entre-temps"))
                self.put(make_record(1, "Jardin 1", version=2))
                self.remove(make_record(3, "Jardin 3").id)
            yield record


class TestRebuild:
    def test_what_changes_meanwhile_is_in_the_new_index(self, whoosh: WhooshEngine) -> None:
        source = ChangingSource(*garden_source(4).records())
        assert whoosh.rebuild(source) == 7
        assert (total(whoosh), total(whoosh, "entre-temps")) == (4, 1)
        assert whoosh.versions()[make_record(1, "Jardin 1").id] == 2

    def test_only_the_live_directory_is_left(self, whoosh: WhooshEngine, directory: Path) -> None:
        source = garden_source(2)
        whoosh.catch_up(source)
        first = live_directory(directory)
        (directory / "g-of-a-crash").mkdir()
        whoosh.rebuild(source)
        assert list(directory.glob("g-*")) == [live_directory(directory)] != [first]

    def test_searches_go_on_in_threads_and_processes_that_read(self, whoosh: WhooshEngine, other: WhooshEngine) -> None:
        source = garden_source(30)
        whoosh.catch_up(source)
        done = threading.Event()

        def search(engine: WhooshEngine) -> set[tuple[int, int]]:
            seen = set()
            while not done.is_set():
                result = engine.search(ActionQuery(text='jardin -école "jardin 7" jar*', facets=("departement",)))
                seen.add((result.total, result.facets["departement"].values[0].count))
            return seen

        def rebuild() -> set[tuple[int, int]]:
            try:
                for number in range(4):
                    whoosh.rebuild(source)
                    source.put(make_record(100 + number, f"École {number}"))
                    whoosh.catch_up(source)
            finally:
                done.set()
            return {(1, 1)}

        searches = [lambda engine=engine: search(engine) for engine in (whoosh, whoosh, other, other)]
        assert _together(rebuild, *searches) == [{(1, 1)}] * 5
        assert total(other) == 34


def _together(*calls: Callable[[], Any]) -> list[Any]:
    """Return the result of each call, run in parallel threads; an exception fails the test."""
    results: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            results[place] = call()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    return results
