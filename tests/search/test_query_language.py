"""Parsing of typed texts into clauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.analysis import stem, tokens
from app.search.query_language import Clause, ClauseKind, parse_text

W, PH, PRE = ClauseKind.WORD, ClauseKind.PHRASE, ClauseKind.PREFIX


def clause(kind: ClauseKind, words: str, field: str = "", *, negated: bool = False) -> Clause:
    return Clause(kind, tuple(words.split()), field, negated)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("jardin partagé", [clause(W, "jardin"), clause(W, "partage")]),
        ('"jardin partagé" école', [clause(PH, "jardin partage"), clause(W, "ecole")]),
        ("«\u00a0bien commun\u00a0»", [clause(PH, "bien commun")]),
        ("“fête des voisins”", [clause(PH, "fete des voisins")]),
        ('"jardin"', [clause(PH, "jardin")]),
        ('"Jardin" jardins', [clause(PH, "jardin"), clause(W, "jardins")]),
        ('-"école"', [clause(PH, "ecole", negated=True)]),
        ('titre:"école"', [clause(PH, "ecole", "titre")]),
        ("jardin -école", [clause(W, "jardin"), clause(W, "ecole", negated=True)]),
        ('-"centre de loisirs"', [clause(PH, "centre de loisirs", negated=True)]),
        ("bien-être", [clause(W, "bien"), clause(W, "etre")]),
        ("-bien-être", [clause(PH, "bien etre", negated=True)]),
        ("titre:jardin", [clause(W, "jardin", "titre")]),
        ("Titre:L'école", [clause(W, "ecole", "titre")]),
        ('-resume:"prise en charge"', [clause(PH, "prise en charge", "resume", negated=True)]),
        ("mots_cles:jar*", [clause(PRE, "jar", "mots_cles")]),
        ("démocra*", [clause(PRE, "democra")]),
        ("l'asso*", [clause(PRE, "asso")]),
        ("bien-êt*", [clause(W, "bien"), clause(PRE, "et")]),
        ("l*", [clause(PRE, "l")]),
        ("jardin jardins JARDIN", [clause(W, "jardin")]),
    ],
)
def test_reads(text: str, clauses: list[Clause]) -> None:
    assert parse_text(text) == tuple(clauses)


def test_an_exclusion_is_kept_before_the_last_of_too_many_words() -> None:
    text = " ".join(f"mot{number}" for number in range(60)) + " -école"
    assert Clause(W, ("ecole",), negated=True) in parse_text(text)
    assert len(parse_text(text)) == 40


def test_too_many_prefixes_are_read_as_words() -> None:
    kinds = [each.kind for each in parse_text(" ".join(f"{letter}{letter}*" for letter in "bcdfghjklmnp"))]
    assert (kinds.count(PRE), kinds.count(W)) == (8, 4)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("statut:terminée", "statut terminée"),
        ("http://exemple.fr", "http exemple fr"),
        ('lieu:"fête de quartier"', 'lieu "fête de quartier"'),
        ("titre:", "titre"),
        ('"jardin partagé', "jardin partagé"),
        ('jardin"', "jardin"),
        ("- jardin * partagé :", "jardin partagé"),
        ("jardin\x00partagé", "jardin partagé"),
        ("🌱 jardin", "jardin"),
        ("comment faire un jardin", "faire jardin"),
        ("jardin -les", "jardin"),
    ],
)
def test_what_is_no_operator_is_plain_text(text: str, like: str) -> None:
    assert parse_text(text) == parse_text(like)


@pytest.mark.parametrize("text", ["", "  ", "…", '"', '""', "-", "*", ":", "-les", "🌱", "\x00", "- * :"])
def test_a_text_without_a_word_asks_nothing(text: str) -> None:
    assert parse_text(text) == ()


def test_stop_words_count_when_there_is_nothing_else() -> None:
    assert parse_text("qui est-ce") == (clause(W, "qui"), clause(W, "est"), clause(W, "ce"))


def test_only_searched_fields_can_be_named() -> None:
    assert parse_text("lieu:jardin", {"lieu"}) == (clause(W, "jardin", "lieu"),)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("jardin  partagé", [["jardin"], ["partagé"]]),
        ("l'École, aujourd’hui !", [["École"], ["aujourd’hui"]]),
        ("bien-être", [["bien"], ["être"]]),
        ("titre:École -titre:été", [["École"], ["été"]]),
        ("--jardin jard*", [["jardin"], ["jard"]]),
        ("jardin école Jardins", [["jardin", "Jardins"], ["école"]]),
        ('"le jardin" jardin', [[], ["jardin"]]),
        ("-bien-être", [[]]),
        ("« le jardin » d’Œuvre", [[], ["Œuvre"]]),
        ('lieu:"la fête"', [["lieu"], []]),
        ("lieu:fête", [["lieu"], ["fête"]]),
        ("jardin\x00partagé", [["jardin"], ["partagé"]]),
        ("a\u0301ge\u0301", [["a\u0301ge\u0301"]]),
        ("qui est-ce", [["qui"], ["est"], ["ce"]]),
    ],
)
def test_a_clause_says_where_its_word_was_typed(text: str, typed: list[list[str]]) -> None:
    assert [[text[place] for place in found.typed] for found in parse_text(text)] == typed


@given(st.text(st.characters(), max_size=60) | st.text("a é\"«»-*:'titre", max_size=40))
def test_no_text_is_an_error(text: str) -> None:
    clauses = parse_text(text)
    assert len({found.identity for found in clauses}) == len(clauses)
    assert all(word.isalnum() for found in clauses for word in found.words)
    for found in clauses:
        for place in found.typed:
            assert [stem(token.word) for token in tokens(text[place])] == list(found.stems)


def test_a_text_of_many_phrases_is_bounded() -> None:
    phrases = " ".join(f'"jardin partagé{number}"' for number in range(12))
    clauses = parse_text(f'{phrases} -"un jardin" {"mot " * 9}')

    assert sum(clause.kind is ClauseKind.PHRASE for clause in clauses) == 8
    assert not any(clause.negated for clause in clauses)
    assert clause(W, "partage11") in clauses
    assert len(parse_text(" ".join(f"mot{number}" for number in range(100)))) == 40
    assert len(parse_text('"' + " ".join(f"mot{number}" for number in range(50)) + '"')[0].words) == 12
