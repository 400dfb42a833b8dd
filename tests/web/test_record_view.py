"""The view of a record: texts as blocks, repeated labels."""

from app.web.record_view import facts_of, sections_of
from tests.factories import make_action


def test_texts_keep_their_lines_and_their_lists() -> None:
    (section,) = sections_of(make_action(resume="Un\nDeux\n\n- a\n- b\n-\nFin", limites="-"))

    assert [(block.is_list, block.lines) for block in section.blocks] == [
        (False, ("Un", "Deux")),
        (True, ("a", "b")),
        (False, ("Fin",)),
    ]


def test_a_repeated_label_is_shown_when_it_says_something_else() -> None:
    same = facts_of("", make_action(territoire="Un quartier", territoire_partenariat="Un quartier"))
    other = facts_of("", make_action(territoire="Un quartier", territoire_partenariat="Une commune"))

    assert "territoire_partenariat" not in same
    assert other["territoire_partenariat"].values[0].text == "Une commune"
