"""Interpretation: strict clauses, spans, corrections, synonyms and highlight terms."""

import pytest

from app.catalogue.fields import FIELDS
from app.search.analysis import stem
from app.search.engine import HighlightTerms
from app.search.interpretation import Interpretation, QuerySpan, interpret
from app.search.query_language import Clause, ClauseKind, parse_text
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus
from tests.factories import make_record
from tests.search.reference_scoring import Corpus
from tests.search.sample_thesaurus import THESAURUS

LEXICON = Corpus(
    [
        make_record(1, "Jardin partagé", resume="L'événement de l'année : une ruche, une serre et des légumes."),
        make_record(2, "Évènements", resume="Un événement au jardin, avec les seniors du QPV et du pensionnat."),
    ],
    {field.key: field for field in FIELDS if field.searched},
)
AGED = (("seniors",), ("personnes", "agees"))


def asked(text: str, thesaurus: Thesaurus = EMPTY_THESAURUS) -> Interpretation:
    return interpret(text, parse_text(text), LEXICON, thesaurus)


def spans(text: str, thesaurus: Thesaurus = THESAURUS) -> list[QuerySpan]:
    return list(asked(text, thesaurus).spans)


def test_phrases_prefixes_words_of_a_field_and_exclusions_are_strict_and_other_words_plain() -> None:
    question = asked('jardin "ruche" titre:partagé serr* -légumes serre')
    assert question.strict == (
        Clause(ClauseKind.PHRASE, ("ruche",)),
        Clause(ClauseKind.WORD, ("partage",), "titre"),
        Clause(ClauseKind.PREFIX, ("serr",)),
        Clause(ClauseKind.WORD, ("legumes",), negated=True),
    )
    assert question.spans == (QuerySpan(("jardin",)), QuerySpan(("serre",)))
    assert question.suggestion is None


def test_a_text_without_a_word_asks_nothing() -> None:
    assert asked("…") == Interpretation((), ())
    assert asked("…").highlight_terms == HighlightTerms()


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("jardim", "jardin"),
        ("Jardim  partagé ?", "jardin  partagé ?"),
        ("évenemant", "événement"),
        ("l’évenemant", "l’événement"),
        ("jardim JARDIM jardims", "jardin jardin jardin"),
        ("titre:jardim", "titre:jardin"),
        ('"jardim" jardim', '"jardim" jardin'),
        ("jardim -jardim", "jardin -jardim"),
        ("jardim jardim*", "jardin jardim*"),
        ("jardim\u00a0: légunes", "jardin\u00a0: légumes"),
        ("« jardim » légunes", "« jardim » légumes"),
        ("jardim/légunes", "jardin/légumes"),
        ("ja\u0301rdim", "jardin"),
    ],
)
def test_the_suggestion_is_the_text_with_its_wrong_words_put_right(text: str, suggestion: str) -> None:
    assert asked(text).suggestion == suggestion


def test_what_is_asked_is_what_was_meant() -> None:
    assert asked("jardim titre:légunes").spans == (QuerySpan(("jardin",)),)
    assert asked("jardim titre:légunes").strict == (Clause(ClauseKind.WORD, ("legumes",), "titre"),)
    assert asked("jardim titre:légunes").highlight_terms == asked("jardin titre:légumes").highlight_terms


def test_a_word_that_is_corrected_to_another_one_of_the_text_is_one_wish() -> None:
    assert asked("jardin jardim").spans == (QuerySpan(("jardin",)),)
    assert asked("jardin jardim").spans == (QuerySpan(("jardin",)),)


def test_words_that_are_near_nothing_stay_wanted() -> None:
    assert asked("jardin xylophone") == Interpretation((), (QuerySpan(("jardin",)), QuerySpan(("xylophone",))))


def test_no_more_than_eight_words_are_corrected() -> None:
    letters = "bdfgklmpqvz"
    question = asked(" ".join(f"jardin{letter}" for letter in letters))
    assert question.suggestion == " ".join(["jardin"] * 8 + [f"jardin{letter}" for letter in letters[8:]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jardin aînés", [QuerySpan(("jardin",)), QuerySpan(("aines",), AGED)]),
        ("aînés jardin", [QuerySpan(("aines",), AGED), QuerySpan(("jardin",))]),
        ("personnes âgées", [QuerySpan(("personnes", "agees"), (("aines",), ("seniors",)))]),
        ("une personne âgée", [QuerySpan(("personne", "agee"), (("aines",), ("seniors",)))]),
        ("âgées personnes", [QuerySpan(("agees",)), QuerySpan(("personnes",))]),
        ("personnes", [QuerySpan(("personnes",))]),
        ("qpv", [QuerySpan(("qpv",), (("quartier", "prioritaire"),))]),
        ("revenu de solidarité active", [QuerySpan(("revenu", "solidarite", "active"), (("rsa",),))]),
        ("RSA", [QuerySpan(("rsa",), (("revenu", "de", "solidarite", "active"),))]),
        ("quartiers prioritaires", [QuerySpan(("quartiers", "prioritaires"), (("qpv",),))]),
    ],
)
def test_words_of_a_group_stand_together_with_what_means_the_same(text: str, expected: list[QuerySpan]) -> None:
    found = spans(text)
    assert [(span.words, sorted(span.alternatives)) for span in found] == [
        (span.words, sorted(span.alternatives)) for span in expected
    ]


@pytest.mark.parametrize("text", ['"aînés"', '"personnes âgées"', "titre:aînés", "-aînés", "aîné*"])
def test_what_is_strict_has_no_synonym(text: str) -> None:
    question = asked(text, THESAURUS)
    assert question.spans == ()
    assert len(question.strict) == 1


def test_a_word_that_the_thesaurus_knows_is_not_corrected_though_no_record_holds_it() -> None:
    assert asked("pensionnés").suggestion == "pensionnat"
    assert asked("pensionnés", THESAURUS).suggestion is None


def test_a_word_is_corrected_to_one_of_the_thesaurus_when_no_record_has_one_near() -> None:
    held = Thesaurus.parse(["ruches = apiculture"])

    assert asked("apicultuer", held).spans == (QuerySpan(("apiculture",), (("ruches",),)),)
    assert asked("apicultuer", held).suggestion == "apiculture"
    assert asked("apicultuer").suggestion is None


def test_a_slip_in_a_stop_word_asks_for_nothing_among_three_words() -> None:
    among_three, among_two = asked("jardin avvec serre"), asked("jardin avvec")

    assert [span.words for span in among_three.spans] == [("jardin",), ("serre",)]
    assert among_three.suggestion == "jardin avec serre"
    assert [span.words for span in among_two.spans] == [("jardin",), ("avvec",)]
    assert among_two.suggestion is None


def test_stop_words_are_not_corrected() -> None:
    assert asked("qui quoi où").suggestion is None


def test_a_short_word_keeps_its_first_letter() -> None:
    assert asked("ferre").suggestion is None
    assert asked("sere").suggestion == "serre"


def test_a_plural_is_corrected_by_its_singular() -> None:
    assert asked("ruchhes").suggestion == "ruche"


def test_a_word_is_not_corrected_to_what_no_record_holds_in_any_words() -> None:
    unheld = Thesaurus.parse(["pensionnés = rentiers"])

    assert asked("pensionnnés", unheld).suggestion is None


def test_a_corrected_word_has_its_synonyms() -> None:
    assert [span.words for span in spans("senoirs")] == [("seniors",)]
    assert sorted(spans("senoirs")[0].alternatives) == [("aines",), ("personnes", "agees")]


def test_marks_are_what_is_wanted_field_by_field() -> None:
    marks = asked(
        'jardins titre:école -ville "politique de la ville" resume:habit* as* titre:"le jardin"'
    ).highlight_terms
    assert marks.stems == {"": {"jardin"}, "titre": {stem("ecole")}}
    assert marks.prefixes == {"resume": {"habit"}, "": {"as"}}
    assert marks.phrases == {"": {(stem("politique"), "de", "la", stem("ville"))}, "titre": {("le", "jardin")}}


def test_a_phrase_of_one_word_is_marked_as_that_word() -> None:
    assert asked('"qui"').highlight_terms == HighlightTerms(stems={"": frozenset(["qui"])})


def test_synonyms_are_marked_those_of_several_words_as_phrases() -> None:
    marks = asked("aînés", THESAURUS).highlight_terms
    assert marks.stems == {"": {stem("aines"), stem("seniors")}}
    assert marks.phrases == {"": {(stem("personnes"), stem("agees"))}}
