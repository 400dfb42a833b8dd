from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

import pytest

from app.catalogue.action import Action, action_model, content_hash
from app.catalogue.errors import UnreadableFile
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.importing import record_builder
from app.importing.decoding import Line
from app.importing.diagnostics import Diagnostic, ParsedRecord, RejectedRecord
from app.importing.files import read_export
from app.importing.grammar import MAX_LOOKAHEAD
from app.importing.record_builder import MAX_RECORD_LENGTH
from app.importing.text_format import parse_export, render_action, render_export
from tests.factories import make_action

LABEL_OF = {field.key: field.label for field in FIELDS}


def numbered(text: str) -> list[Line]:
    return [Line(number, line) for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1)]


def only(text: str) -> Any:
    (item,) = parse_export(numbered(text))
    return item


def without_repeats(actions: list[Action]) -> list[Action]:
    return list({content_hash(action): action for action in actions}.values())


def test_the_real_export_comes_back_line_for_line_without_its_repeated_record(real_export):
    items = list(read_export(real_export))
    assert all(isinstance(item, ParsedRecord) and not item.warnings for item in items)
    assert len(items) == 25
    source = real_export.read_text(encoding="utf-8").split("\n")
    starts = [item.line - 1 for item in items] + [len(source)]
    records = [source[start:end] for start, end in pairwise(starts)]
    distinct = dict.fromkeys("\n".join(record) for record in records)
    assert len(distinct) == 24
    distinct_actions = without_repeats([item.action for item in items])
    assert "".join(render_export(distinct_actions)).rstrip() == "\n".join([source[0], *distinct])


def test_the_catalogue_s_own_export_comes_back_line_for_line(sample_export):
    items = list(read_export(sample_export))
    assert all(isinstance(item, ParsedRecord) and not item.warnings for item in items)
    assert "".join(render_export(item.action for item in items)) == sample_export.read_text(encoding="utf-8")


def test_a_whole_export_begins_with_its_header_and_each_piece_ends_a_line():
    pieces = list(render_export([make_action("Un"), make_action("Deux")]))
    assert pieces[0] == "Les actions des centres sociaux\n"
    assert [piece.split("\n")[:2] for piece in pieces[1:]] == [["Actions", "Un"], ["Actions", "Deux"]]
    assert all(piece.endswith("\n") for piece in pieces)


def test_rendering_streams():
    pieces = render_export(make_action(str(number)) for number in iter(int, 1))
    assert next(pieces).startswith("Les actions")
    assert next(pieces).startswith("Actions\n0\n")


def test_parsing_streams():
    endless = (
        Line(n, text) for n, text in enumerate(iter(render_action(make_action()).splitlines, None)) for text in text
    )
    assert isinstance(next(parse_export(endless)), ParsedRecord)


@pytest.mark.parametrize("optional", [True, False])
@pytest.mark.parametrize(
    ("kind", "value", "lines"),
    [
        (FieldKind.TEXT, "sur réservation\n- Public", ["sur réservation", "- Public"]),
        (FieldKind.ONE, "le lundi", ["- le lundi"]),
        (FieldKind.MULTI, ["lundi", "mardi"], ["-", "- lundi", "- mardi"]),
    ],
)
@pytest.mark.parametrize("place", [3, len(FIELDS)])
def test_a_field_added_to_the_registry_is_rendered_and_parsed(place, kind, value, lines, optional):
    added = Field("horaires", "- Horaires", kind, "Horaires", "Les horaires", "le lundi", optional=optional)
    fields = (*FIELDS[:place], added, *FIELDS[place:])
    model: Any = action_model(fields)
    action = model(titre="Jardin", structure="Centre - Nord", horaires=value)
    text = render_action(action, fields)
    assert "\n".join(["- Horaires", *lines]) + "\n" in text
    assert list(parse_export(numbered(text), fields, model)) == [ParsedRecord(1, action)]


def test_an_optional_field_at_the_end_may_be_absent_before_the_next_record():
    fields = (
        *FIELDS,
        Field("horaires", "- Horaires", FieldKind.TEXT, "Horaires", "Les horaires", "le lundi", optional=True),
    )
    model: Any = action_model(fields)
    actions = [model(titre=titre, structure="Centre - Nord", perspectives="Fin.\nActions") for titre in ("Un", "Deux")]
    items = list(parse_export(numbered("".join(render_export(actions, fields))), fields, model))
    assert [item.action for item in items if isinstance(item, ParsedRecord)] == actions


def test_lines_that_need_no_escape_stay_as_they_are():
    lines = ["- Public", " - Public", "-", "", "  retrait", "Actions", " Actions", "- Mots clés associés à l'action"]
    rendered = render_action(make_action(resume="\n".join(["x", *lines[:4], "y"])))
    assert "\n".join(["x", *lines[:4], "y"]) in rendered
    assert "Actions\ndu centre\nsocial" in render_action(make_action(resume="Actions\ndu centre\nsocial"))


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("titre", "Actions", "Actions\n Actions\n"),
        ("titre", "- Public", "Actions\n - Public\n"),
        ("statut", "Dimension", "- Statut de l'action\n - Dimension\n- Dimension\n"),
        ("mots_cles", ["Résumé"], "\n-\n - Résumé\n- Résumé\n"),
        ("resume", LABEL_OF["initiative"], f"- Résumé\n {LABEL_OF['initiative']}\n{LABEL_OF['initiative']}\n"),
        ("perspectives", "Actions\n Actions", ": Perspectives\n Actions\n  Actions\n"),
        ("resume", "Actions\n- Public", "- Résumé\n Actions\n- Public\n"),
    ],
)
def test_content_that_would_be_taken_for_a_label_is_escaped(key, value, written):
    action = make_action(**{key: value})
    text = render_action(action)
    assert written in text
    assert only(text).action == action


def test_blank_lines_do_not_hide_what_comes_after_a_word_actions():
    text = render_action(make_action(resume="Actions")).replace("Actions\n- Qui", "Actions\n\n\n- Qui")
    assert only(text).action == make_action(resume="Actions")


def test_the_lookahead_is_bounded():
    gap = "\n" * (MAX_LOOKAHEAD + 1)
    text = render_action(make_action(resume="Actions")).replace("Actions\n- Qui", f"Actions{gap}- Qui")
    item = only(text)
    assert item.action == make_action(resume="Actions")
    assert "lu comme du texte" in item.warnings[0].message


def test_white_space_after_a_label_does_not_matter():
    text = render_action(make_action(resume="Un.", mots_cles=["a"])).replace("\n", " \t\n")
    assert only(text).action == make_action(resume="Un.", mots_cles=["a"])


def test_blank_lines_inside_a_text_are_kept_and_those_at_its_end_are_not():
    text = render_action(make_action(resume="\n\nUn.\n\nDeux.")).replace("Deux.\n", "Deux.\n\n \n")
    assert only(text).action.resume == "\n\nUn.\n\nDeux."


def test_a_record_that_is_too_long_is_refused_and_the_next_is_kept():
    line = "x" * 500_000
    long = render_action(make_action("Longue", resume="\n".join([line] * 11), description="Actions\nsuite"))
    first, second = parse_export(numbered(long + render_action(make_action("Bonne"))))
    assert isinstance(first, RejectedRecord)
    assert [(error.line, error.field) for error in first.errors] == [(18, "resume")]
    assert str(MAX_RECORD_LENGTH) in first.errors[0].message
    assert second.action.titre == "Bonne"


def test_the_errors_of_one_record_are_counted_beyond_twenty():
    lines = numbered(render_action(make_action(resume="x\n" * 30 + "x")))
    spoiled = [replace_problem(line) if line.text == "x" else line for line in lines]
    (item,) = parse_export(spoiled)
    assert isinstance(item, RejectedRecord)
    assert len(item.errors) == 21
    assert item.errors[-1].message.endswith(": 11.")


def replace_problem(line: Line) -> Line:
    return line._replace(problem="Illisible.")


def test_a_line_that_cannot_be_read_before_the_first_record_is_reported():
    items = list(parse_export(chain([Line(1, "", "Illisible.")], numbered(render_action(make_action())))))
    assert items[0] == Diagnostic("Illisible.", 1)


def test_what_the_model_refuses_is_an_error_of_its_field_and_line():
    item = only(render_action(make_action(resume="un", description="deux")).replace("deux", "deux\x00"))
    assert isinstance(item, RejectedRecord)
    assert [(error.line, error.field) for error in item.errors] == [(19, "description")]


def test_errors_of_several_fields_are_all_reported():
    text = render_action(make_action(statut="En cours", mots_cles=["a"]))
    item = only(text.replace("- En cours", "- En cours\n- Autre").replace("- a\n", "- a\nb\n"))
    assert [error.field for error in item.errors] == ["statut", "mots_cles"]


def test_a_bullet_that_resembles_a_label_that_may_be_absent_is_kept_with_a_warning():
    action = make_action(initiative=["précision (si autre)", "Precision ( si autre )"])
    item = only(render_action(action))
    assert item.action == action
    assert ["ressemble" in warning.message for warning in item.warnings] == [True]
    assert item.warnings[0].field == "initiative"


@pytest.mark.parametrize("text", ["", "\n\n", "Bonjour\n- Public\n", "Les actions des centres sociaux\n"])
def test_lines_without_a_record_are_no_export(text):
    with pytest.raises(UnreadableFile, match="pas un export"):
        list(parse_export(numbered(text)))


def test_every_truncation_of_a_record_is_refused_or_kept_but_never_spoils_the_next():
    lines = render_action(make_action(statut="En cours", mots_cles=["a"], resume="Un.\n- deux")).splitlines()
    good = render_action(make_action("Bonne"))
    for length in range(1, len(lines)):
        *before, last = parse_export(numbered("\n".join(lines[:length]) + "\n" + good))
        assert isinstance(last, ParsedRecord)
        assert last.action.titre == "Bonne"
        assert [type(item) for item in before] == [RejectedRecord]


def test_a_registry_whose_labels_differ_is_followed():
    fields = tuple(replace(field, label=field.label.upper()) for field in FIELDS)
    action = make_action(resume="- Public")
    text = render_action(action, fields)
    assert "- RÉSUMÉ\n- Public\n" in text
    assert [item.action for item in parse_export(numbered(text), fields) if isinstance(item, ParsedRecord)] == [action]


def test_a_record_of_exactly_the_longest_length_is_kept(monkeypatch):
    text = render_action(make_action(resume="un\ndeux", description="trois"))
    labels = {"Actions", *LABEL_OF.values()}
    length = sum(len(line) + 1 for line in text.splitlines() if line not in labels)
    monkeypatch.setattr(record_builder, "MAX_RECORD_LENGTH", length)
    assert isinstance(only(text), ParsedRecord)
    monkeypatch.setattr(record_builder, "MAX_RECORD_LENGTH", length - 1)
    assert [error.message for error in only(text).errors] == [f"Fiche de plus de {length - 1} caractères."]


def test_a_refused_record_has_the_line_that_it_starts_on(monkeypatch):
    good, bad = (
        render_action(make_action("Bonne")),
        render_action(make_action(resume="un")).replace("un\n", "un\x00\n", 1),
    )
    start = len(good.splitlines()) + 1
    assert list(parse_export(numbered(good + bad)))[1].line == start
    monkeypatch.setattr(record_builder, "MAX_RECORD_LENGTH", 200)
    long = render_action(make_action(resume="x" * 200))
    assert list(parse_export(numbered(good + long)))[1].line == start


def test_what_the_model_refuses_is_explained():
    item = only(render_action(make_action(resume="un")).replace("un\n", "un\x00\n", 1))
    assert [error.message for error in item.errors] == ["Valeur refusée pour « resume » : caractère NUL interdit."]


def test_a_title_below_a_blank_line_is_missing():
    assert ["Titre manquant" in error.message for error in only("Actions\n\nJardin\n").errors] == [True]


def test_an_earlier_label_in_a_text_does_not_explain_where_a_record_ends():
    head = render_action(make_action(resume="un")).partition(LABEL_OF["initiative"])[0]
    for label in (LABEL_OF["structure"], LABEL_OF["resume"]):
        (error,) = only(f"{head}{label}\n").errors
        assert error.message.endswith("manque : la fiche s'arrête avant.")
    (error,) = only(f"{head}{LABEL_OF['territoire']}\n").errors
    assert error.message.endswith("manque avant cette ligne.")


def test_a_line_like_a_label_that_may_be_absent_does_not_explain_where_a_record_ends():
    text = render_action(make_action(initiative=["Precision ( si autre )"])).partition(LABEL_OF["territoire"])[0]
    (error,) = only(text).errors
    assert error.message.endswith("manque : la fiche s'arrête avant.")


def test_a_line_is_like_a_label_with_ten_more_spaces_and_not_with_more():
    for spaces, warned in ((10, True), (11, False)):
        text = LABEL_OF["initiative"].replace("Qui", f"Qui{' ' * spaces}")
        item = only(render_action(make_action(resume=text)))
        assert item.action == make_action(resume=text)
        assert bool(item.warnings) is warned, spaces


@pytest.mark.parametrize(
    "text",
    [
        f"X{LABEL_OF['initiative']}\n X{LABEL_OF['initiative']}",
        f" \t{LABEL_OF['initiative']}\n \xa0{LABEL_OF['initiative']}",
        "Actions" + "\n" * (MAX_LOOKAHEAD + 2) + LABEL_OF["structure"],
        "Rayon X",
    ],
)
def test_a_text_with_other_characters_or_a_gap_around_a_label_comes_back(text):
    action = make_action(resume=text)
    assert only(render_action(action)).action == action
