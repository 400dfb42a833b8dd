"""Expected answers of every engine over the catalogue's own export.

The cases are in `cases/*.yaml`: a list of mappings with the keys of `Case`. A record is named by its title or by a
beginning of it that no other title has.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Annotated, Any, Self

import pytest
import yaml
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from app.catalogue.action import action_slug
from app.catalogue.query import ActionQuery
from app.catalogue.record import Record
from app.importing.diagnostics import ParsedRecord
from app.importing.files import read_export
from app.search.engine import SearchEngine
from app.search.highlighting import highlights_for_hit
from app.search.thesaurus import Thesaurus, default_path
from tests.conftest import ROOT
from tests.factories import EPOCH
from tests.search.conftest import ENGINES
from tests.search.record_source import ListRecordSource

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
ENOUGH = 100  # cases


class Case(BaseModel, extra="forbid", frozen=True, strict=True):
    """What is typed, why someone who knows the catalogue expects what follows, and what that is.

    Full matches come first in an answer, near records after them. `marks` gives by field what a highlight has to
    contain, as a reader sees it (without HTML escapes), or None for no highlight at all: in the record `marks_of`, or
    else in `first`.
    """

    q: str
    why: Annotated[str, Field(min_length=15)]
    first: str = ""  # the record that leads
    within: list[str] = []  # among the full matches
    only: list[str] = []  # exactly the full matches, in any order
    near: list[str] = []  # after the full matches
    among: list[str] = []  # anywhere in the answer
    without: list[str] = []  # nowhere in the answer
    none: bool = False  # nothing is found
    everything: bool = False  # the text holds no word, so that it restricts nothing
    suggestion: str | None = None  # the corrected text; null: nothing to correct
    marks: dict[str, str | None] = {}
    marks_of: str = ""

    @property
    def titles(self) -> list[str]:
        """Every title that the case names."""
        named = [self.first, self.marks_of, *self.within, *self.only, *self.near, *self.among, *self.without]
        return [title for title in named if title]

    def says(self, key: str) -> bool:
        """Whether the case was written with `key`, whatever its value."""
        return key in self.model_fields_set

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        expected = self.model_fields_set - {"q", "why", "marks_of"}
        if not expected:
            raise ValueError("nothing is expected")
        if (self.none or self.everything) and expected - {"none", "everything", "suggestion"}:
            raise ValueError("`none` and `everything` say all there is to say of the records")
        if self.marks and not (self.first or self.marks_of):
            raise ValueError("`marks` needs the record that they are in")
        return self


class _Strict(yaml.SafeLoader):
    """YAML without the trap of a key that is given twice, of which the first would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, f"a key is given twice: {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


def read_cases(text: str) -> list[Case]:
    """Return the cases of one file; raise `ValidationError` or `YAMLError` for what is not one."""
    return TypeAdapter(list[Case]).validate_python(_Strict(text).get_single_data())


CASES = [(file.stem, case) for file in FILES for case in read_cases(file.read_text(encoding="utf-8"))]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine answered: titles in their order, how many of them match in full, highlights by title."""

    titles: list[str]
    full: int
    suggestion: str | None
    searched: bool
    highlights: Mapping[str, Mapping[str, list[str]]]


def sample_records() -> dict[str, Record]:
    """Return the records of the catalogue's own export by identifier, an exact repeat once."""
    actions = [item.action for item in read_export(ROOT / "data" / "actions.txt") if isinstance(item, ParsedRecord)]
    distinct = {action_slug(action): action for action in actions}
    return {
        identifier: Record(number, identifier, 1, action, EPOCH, EPOCH)
        for number, (identifier, action) in enumerate(distinct.items(), 1)
    }


RECORDS = sample_records()
TITLES = [record.action.titre for record in RECORDS.values()]


def named(beginning: str) -> str:
    """Return the one title that begins so."""
    found = [title for title in TITLES if title.startswith(beginning)]
    if len(found) != 1:
        raise ValueError(f"{beginning!r} names {len(found)} records")
    return found[0]


@pytest.fixture(scope="module", params=ENGINES)
def librarian(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    """Each engine in turn, with the catalogue's own export and thesaurus."""
    engine = ENGINES[request.param](tmp_path_factory.mktemp("cases"), Thesaurus.read(default_path()))
    engine.catch_up(ListRecordSource(*RECORDS.values()))
    yield engine
    engine.close()


def asked(engine: SearchEngine, text: str) -> Answer:
    """Return the whole answer of `engine` to `text`."""
    result = engine.search(ActionQuery(text=text, limit=None))
    found = [(RECORDS[hit.id], hit) for hit in result.hits]
    return Answer(
        [record.action.titre for record, _ in found],
        result.full_matches,
        result.suggestion,
        result.has_words,
        {record.action.titre: highlights_for_hit(hit, record, result.highlight_terms) for record, hit in found},
    )


def shortcomings(case: Case, answer: Answer) -> Iterator[str]:
    """Yield, as a sentence each, what `case` expects and `answer` does not give."""
    full, near = answer.titles[: answer.full], answer.titles[answer.full :]
    if case.first and answer.titles[:1] != [named(case.first)]:
        yield f"{case.first!r} does not come first"
    for expected, given, place in (
        (case.within, full, "among the full matches"),
        (case.near, near, "among the near records"),
        (case.among, answer.titles, "in the answer"),
    ):
        yield from (f"{title!r} is not {place}" for title in expected if named(title) not in given)
    yield from (f"{title!r} is in the answer" for title in case.without if named(title) in answer.titles)
    if case.says("only") and sorted(full) != sorted(map(named, case.only)):
        yield f"the full matches are {full}"
    if case.none and answer.titles:
        yield f"there is an answer: {answer.titles}"
    if case.everything and (answer.searched or sorted(answer.titles) != sorted(TITLES)):
        yield f"only {len(answer.titles)} records are left, or the text was searched"
    if case.says("suggestion") and answer.suggestion != case.suggestion:
        yield f"the suggestion is {answer.suggestion!r}"
    yield from _missing_marks(case, answer)


def _missing_marks(case: Case, answer: Answer) -> Iterator[str]:
    if case.marks:
        shown = answer.highlights.get(named(case.marks_of or case.first), {})
        for field, expected in case.marks.items():
            fragments = [unescape(fragment) for fragment in shown.get(field, [])]
            fits = any(expected in fragment for fragment in fragments) if expected else not fragments
            if not fits:
                yield f"the highlights of {field} are {fragments}"


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{stem}: {case.q}") for stem, case in CASES])
def test_a_librarian_gets_what_she_expects(librarian: SearchEngine, case: Case) -> None:
    answer = asked(librarian, case.q)
    assert not list(shortcomings(case, answer)), f"{case.why} Answer: {answer.titles}, {answer.full} in full"


def test_five_hundred_words_are_answered(librarian: SearchEngine) -> None:
    words = " ".join(record.action.resume for record in RECORDS.values()).split()[:500]
    assert len(words) == 500
    assert asked(librarian, " ".join(words)).titles


def test_there_are_cases_enough_in_several_files() -> None:
    assert len(CASES) >= ENOUGH
    assert len(FILES) > 5


@pytest.mark.parametrize("stem", [file.stem for file in FILES])
def test_no_text_is_asked_twice_in_one_file(stem: str) -> None:
    texts = [case.q for place, case in CASES if place == stem]
    assert len(texts) == len(set(texts))


def test_every_title_of_a_case_names_one_record() -> None:
    for _, case in CASES:
        assert all(named(title) in TITLES for title in case.titles)


@pytest.mark.parametrize("beginning", ["Jardins suspendus", "L", ""])
def test_a_title_that_names_no_record_or_several_is_refused(beginning: str) -> None:
    with pytest.raises(ValueError, match="names"):
        named(beginning)


GOOD = "q: jardin\n  why: The garden comes first.\n  first: Jardin partagé"


@pytest.mark.parametrize(
    "text",
    [
        "q: jardin\n  why: Nothing is expected of it.",
        "q: jardin\n  why: Marks of no record are no use.\n  marks_of: Jardin partagé",
        "q: jardin\n  first: Jardin partagé",
        "q: jardin\n  why: short\n  first: Jardin partagé",
        "q: 12\n  why: A number is no text in YAML.\n  none: true",
        "q: jardin\n  why: One title is no list.\n  within: Jardin partagé",
        "q: jardin\n  why: Nothing and something.\n  none: true\n  first: Jardin partagé",
        "q: jardin\n  why: No record is named.\n  marks: {titre: jardin}",
        "q: jardin\n  why: A value that is left out.\n  first:",
        f"{GOOD}\n  premier: Jardin partagé",
        f"{GOOD}\n  first: La semaine Bleue",
    ],
)
def test_a_case_that_is_not_well_written_is_refused(text: str) -> None:
    with pytest.raises((ValidationError, yaml.YAMLError)):
        read_cases(f"- {text}")


@pytest.mark.parametrize(
    "expected",
    [
        {"first": "La semaine Bleue"},
        {"within": ["La semaine Bleue"]},
        {"only": []},
        {"only": ["Jardin partagé", "La semaine Bleue"]},
        {"near": ["Jardin partagé"]},
        {"among": ["Unis pour l'emploi"]},
        {"without": ["La semaine Bleue"]},
        {"none": True},
        {"everything": True},
        {"suggestion": None},
        {"suggestion": "jardins"},
        {"first": "Jardin partagé", "marks": {"titre": "<mark>partagé</mark>"}},
        {"first": "Jardin partagé", "marks": {"titre": None}},
        {"marks_of": "La semaine Bleue", "marks": {"titre": "<mark>semaine</mark>"}},
    ],
)
def test_an_answer_that_differs_from_its_case_falls_short(expected: dict[str, Any]) -> None:
    marked = {"Jardin partagé": {"titre": ["<mark>Jardin</mark> partagé"]}}
    answer = Answer(["Jardin partagé", "La semaine Bleue"], 1, "jardin", True, marked)
    case = Case(q="jardn", why="Written to be missed.", **expected)
    assert len(list(shortcomings(case, answer))) == 1


def test_an_answer_as_its_case_says_does_not_fall_short() -> None:
    marked = {"Jardin partagé": {"titre": ["d&#x27;un <mark>Jardin</mark> partagé"]}}
    answer = Answer(["Jardin partagé", "La semaine Bleue"], 1, "jardin", True, marked)
    case = Case(
        q="jardn",
        why="Written to be met.",
        first="Jardin",
        within=["Jardin"],
        only=["Jardin"],
        near=["La semaine"],
        among=["La semaine"],
        without=["Unis"],
        suggestion="jardin",
        marks={"titre": "d'un <mark>Jardin</mark>", "resume": None},
    )
    assert not list(shortcomings(case, answer))
