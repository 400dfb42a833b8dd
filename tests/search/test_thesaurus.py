"""Thesaurus: file format, invalid lines, and spans of a query that name members."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.analysis import STOP_WORDS, stem, tokens
from app.search.thesaurus import EMPTY_THESAURUS, InvalidLine, SynonymSpan, Thesaurus, default_path

SHIPPED = Thesaurus.read(default_path())
GROUPS = Thesaurus.parse(
    [
        "PMI = Protection maternelle et infantile",
        "HLM = habitation à loyer modéré",
        "bailleur social = organisme HLM",
        "aînés = seniors = personnes âgées",
        "socioculturel = socio-culturel",
    ]
)
WORDS = ("pmi", "protection", "maternelle", "infantile", "hlm", "organisme", "bailleur", "social", "personnes", "agees")


def typed(text: str) -> list[str]:
    """The folded words of `text`, without stop words."""
    return [token.word for token in tokens(text) if token.word not in STOP_WORDS]


def meanings(text: str, thesaurus: Thesaurus = SHIPPED) -> set[str]:
    """The synonyms of `text`, if it is a member as a whole."""
    words = typed(text)
    return {
        " ".join(phrase)
        for span in thesaurus.spans(words)
        if (span.start, span.stop) == (0, len(words))
        for phrase in span.alternatives
    }


def refused(*lines: str) -> list[tuple[int, str]]:
    return [(bad.line, bad.message) for bad in Thesaurus.parse(lines).invalid_lines]


def test_the_file_of_the_project_has_no_bad_line_and_plenty_of_groups() -> None:
    assert SHIPPED.invalid_lines == ()
    assert len(SHIPPED.groups) >= 60


@pytest.mark.parametrize(
    ("acronym", "name"),
    [
        ("CAF", "caisse d'allocations familiales"),
        ("CCAS", "centre communal d'action sociale"),
        ("CESF", "conseillère en économie sociale et familiale"),
        ("CESF", "conseiller en économie sociale et familiale"),
        ("ALSH", "accueil de loisirs sans hébergement"),
        ("CLSH", "centre de loisirs sans hébergement"),
        ("LAEP", "lieu d'accueil enfants-parents"),
        ("FLE", "français langue étrangère"),
        ("QPV", "quartiers prioritaires de la politique de la ville"),
        ("HLM", "habitation à loyer modéré"),
        ("CLAS", "contrat local d'accompagnement à la scolarité"),
        ("RSA", "revenu de solidarité active"),
        ("PMI", "protection maternelle et infantile"),
        ("DDCS", "direction départementale de la cohésion sociale"),
        ("EVS", "espace de vie sociale"),
        ("AGC", "animation globale et coordination"),
        ("REAAP", "réseaux d'écoute, d'appui et d'accompagnement des parents"),
    ],
)
def test_an_acronym_of_the_sector_stands_for_its_name_and_the_name_for_it(acronym: str, name: str) -> None:
    assert acronym.lower() in meanings(name)
    assert tuple(map(stem, typed(name))) in {tuple(map(stem, typed(meaning))) for meaning in meanings(acronym)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("aînés", "seniors"),
        ("seniors", "personnes âgées"),
        ("jardin partagé", "jardin collectif"),
        ("bailleur social", "organisme HLM"),
        ("centre de loisirs", "accueil de loisirs"),
        ("socioculturel", "socio-culturel"),
    ],
)
def test_synonyms_stand_for_each_other(one: str, other: str) -> None:
    assert " ".join(token.word for token in tokens(other)) in meanings(one)
    assert " ".join(token.word for token in tokens(one)) in meanings(other)


def test_every_member_of_the_file_is_met_when_it_is_typed() -> None:
    members = [member for group in SHIPPED.groups for member in group]

    assert [member for member in members if not meanings(member)] == []
    # The query parser merges repeated words: such a member would never match as a whole.
    assert [member for member in members if len(set(map(stem, typed(member)))) < len(typed(member))] == []


# Common words with the stem of an acronym, or nearly.
COMMON = """
    abris acier âge âges aide aime âme âmes âne api après art arts as aussi avec bas bd café cafés carte cas case casse
    cat cd ce celle ces cesse ci classe classes classer clic client colon copie côte coup cours cuir cuire cuisse dalle
    date drap école écu égal élan émail émaux épine essai étage ève fée fête fil fille flûte gémir gomme habit île îles
    image jeu joie jour ligne lit loi mail maille mamie mamies maire mer mère messe mie mise mous nappe page pages paie
    pain papa pas pêche père pic pied pli plie plié pré près prêt pue puce puis rame rames rang rire rôle rue rues sac
    sel sels sème sic siège sièges sport stage tape tapis tige tiges tip tour vif ville vive voile
"""


def test_no_single_word_of_the_file_has_the_stem_of_another_common_word() -> None:
    single = {words[0] for group in SHIPPED.groups for member in group if len(words := typed(member)) == 1}
    clashing = {word for word in typed(COMMON) if stem(word) in set(map(stem, single))} - single

    assert clashing == set()


def test_comments_blank_lines_and_spaces_do_not_count() -> None:
    thesaurus = Thesaurus.parse(["# Sigles = rien", "", "  QPV=  quartier prioritaire   # depuis 2014\r\n", "   "])

    assert thesaurus.groups == (("QPV", "quartier prioritaire"),)
    assert thesaurus.invalid_lines == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("CAF", "un groupe demande au moins deux termes, séparés par « = »."),
        ("aînés = seniors, personnes âgées", "les termes se séparent par « = » ; une virgule ou un point-virgule"),
        ("aînés = seniors; personnes âgées", "les termes se séparent par « = » ; une virgule ou un point-virgule"),
        ("CAF = ", "un terme est vide : il y a un « = » de trop."),
        ("CAF = de la", "« de la » ne contient aucun mot à chercher."),
        ("CAF = !", "« ! » ne contient aucun mot à chercher."),
        ("x = " + "mot " * 13, " a plus de 12 mots."),
        (" = ".join(f"mot{number}" for number in range(13)), "un groupe a au plus 12 termes."),
        ("jardin = Jardins", "« Jardins » répète « jardin » : pour la recherche, ce sont les mêmes mots."),
        ("PMI = accueil des parents = accueil parent", "« accueil parent » répète « accueil des parents »"),
        ("foyer = Quartiers prioritaires", "« Quartiers prioritaires » est déjà à la ligne 2."),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_kept(line: str, message: str) -> None:
    lines = ["# Territoires", "QPV = quartier prioritaire", line, "RSA = revenu de solidarité active"]
    thesaurus = Thesaurus.parse(lines)

    assert [bad.line for bad in thesaurus.invalid_lines] == [3]
    assert message in thesaurus.invalid_lines[0].message
    assert thesaurus.groups == (("QPV", "quartier prioritaire"), ("RSA", "revenu de solidarité active"))


def test_a_line_that_was_left_out_takes_no_term_from_the_next_ones() -> None:
    assert refused("CAF = de la", "CAF = caisse d'allocations familiales") == [
        (1, "« de la » ne contient aucun mot à chercher.")
    ]


def test_the_longest_words_and_groups_that_are_allowed_are_kept() -> None:
    assert refused("x = " + " ".join(f"mot{n}" for n in range(12)), " = ".join(f"terme{n}" for n in range(12))) == []


def test_a_line_that_is_not_utf_8_is_left_out_alone(tmp_path: Path) -> None:
    path = tmp_path / "thesaurus.txt"
    path.write_bytes("CAF = caisse\naînés = seniors\n".encode("cp1252"))
    thesaurus = Thesaurus.read(path)

    assert thesaurus.groups == (("CAF", "caisse"),)
    assert [(bad.line, bad.message) for bad in thesaurus.invalid_lines] == [(2, "la ligne n'est pas en UTF-8.")]


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_a_file_that_cannot_be_read_is_an_empty_thesaurus_that_says_why(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "thesaurus.txt"
    if kind == "directory":
        path.mkdir()
    thesaurus = Thesaurus.read(path)

    assert (thesaurus.groups, thesaurus.spans(["caf"])) == ((), ())
    assert [bad.line for bad in thesaurus.invalid_lines] == [0]
    assert thesaurus.invalid_lines[0].message.startswith(f"« {path} » ")


def test_a_file_of_any_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "thesaurus.txt"
    path.write_bytes("\ufeffCAF = caisse d’allocations familiales\r\nai\u0302ne\u0301s = seniors\r\nseul\r\n".encode())
    thesaurus = Thesaurus.read(path)

    assert len(thesaurus.groups) == 2
    assert [bad.line for bad in thesaurus.invalid_lines] == [3]
    assert thesaurus.spans(["aines"]) == (SynonymSpan(0, 1, (("seniors",),)),)


def test_stop_words_case_accents_and_endings_do_not_matter_and_alternatives_are_whole() -> None:
    assert GROUPS.spans(typed("Protections maternelles infantile")) == (SynonymSpan(0, 3, (("pmi",),)),)
    assert GROUPS.spans(["pmi"]) == (SynonymSpan(0, 1, (("protection", "maternelle", "et", "infantile"),)),)
    assert GROUPS.spans(typed("personne agee")) == (SynonymSpan(0, 2, (("aines",), ("seniors",))),)


def test_the_longest_member_wins_from_left_to_right() -> None:
    assert GROUPS.spans(typed("organisme HLM")) == (SynonymSpan(0, 2, (("bailleur", "social"),)),)
    assert [(span.start, span.stop) for span in GROUPS.spans(typed("HLM organisme HLM seniors PMI"))] == [
        (0, 1),
        (1, 3),
        (3, 4),
        (4, 5),
    ]


def test_words_that_are_no_member_or_not_side_by_side_name_nothing() -> None:
    assert GROUPS.spans(typed("protection infantile")) == ()
    assert GROUPS.spans(typed("bailleur privé social")) == ()
    assert GROUPS.spans(typed("social bailleur")) == ()
    assert GROUPS.spans([]) == EMPTY_THESAURUS.spans(["pmi"]) == ()


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_spans_are_in_order_apart_and_never_offer_what_was_typed(words: list[str]) -> None:
    spans = GROUPS.spans(words)
    places = [place for span in spans for place in range(span.start, span.stop)]

    assert places == sorted(set(places))
    assert all(0 <= span.start < span.stop <= len(words) for span in spans)
    for span in spans:
        named = tuple(map(stem, words[span.start : span.stop]))
        offered = {tuple(stem(word) for word in phrase if word not in STOP_WORDS) for phrase in span.alternatives}
        assert offered
        assert named not in offered


def test_the_words_of_all_members_are_known_stop_words_aside() -> None:
    assert Thesaurus.parse(["PMI = Protection maternelle et infantile"]).words == {
        "pmi",
        "protection",
        "maternelle",
        "infantile",
    }


def test_a_slip_is_corrected_to_a_word_of_the_thesaurus_but_never_to_a_short_acronym() -> None:
    thesaurus = Thesaurus.parse(["CAF = caisse d'allocations familiales", "EHPAD = hébergement"])

    assert thesaurus.nearest("alocations") == "allocations"
    assert thesaurus.nearest("ephad") == "ehpad"
    assert thesaurus.nearest("cafe") is None
    assert EMPTY_THESAURUS.nearest("alocations") is None


def test_the_digest_follows_the_groups_and_not_the_comments() -> None:
    one = Thesaurus.parse(["CAF = caisse d'allocations familiales"])

    assert one.digest == Thesaurus.parse(["# Sigles", "CAF = caisse d'allocations familiales"]).digest
    assert one.digest != Thesaurus.parse(["CAF = caisse d'allocation familiale"]).digest
    assert one.digest != EMPTY_THESAURUS.digest
    assert EMPTY_THESAURUS.invalid_lines == ()


def test_a_bad_line_is_a_value() -> None:
    assert Thesaurus.parse(["seul"]).invalid_lines == (
        InvalidLine(1, "un groupe demande au moins deux termes, séparés par « = »."),
    )
