"""Secrets of keys: random, recognised whole, never kept."""

from datetime import UTC, datetime

import pytest

from app.catalogue.api_keys import ApiKey, PresentedKey, Scope, generate_secret, parse_secret, validate_key_name

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def key_of(shown: PresentedKey, **values: datetime) -> ApiKey:
    return ApiKey(shown.id, "Mairie", frozenset({Scope.WRITE}), shown.hash, MOMENT, **values)


def test_no_two_secrets_are_the_same_and_each_holds_256_random_bits() -> None:
    secrets = {generate_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert {len(bytes.fromhex(secret.split("_")[2])) for secret in secrets} == {32}


def test_a_key_opens_for_its_whole_secret_alone() -> None:
    secret, other = generate_secret(), generate_secret()
    shown = parse_secret(secret)
    assert shown is not None
    key = key_of(shown)
    forged = parse_secret(f"{secret[:-1]}{'0' if secret[-1] != '0' else '1'}")

    assert shown.matches(key)
    assert forged is not None
    assert forged.id == key.id
    assert not forged.matches(key)
    assert not shown.matches(None)
    assert not shown.matches(key_of(shown, revoked_at=MOMENT))
    assert secret not in repr((shown, key))
    assert parse_secret(other) != shown


@pytest.mark.parametrize(
    "secret", ["", "x", "acs_12345678_", "acs_12345678_" + "g" * 64, "acs_12345678_" + "0" * 65, "é" * 9]
)
def test_what_has_not_the_form_of_a_key_is_none(secret: str) -> None:
    assert parse_secret(secret) is None


def test_a_hash_of_zeros_opens_no_missing_key() -> None:
    assert not PresentedKey("12345678", "0" * 64).matches(None)


def test_the_name_of_a_key_is_one_readable_line_that_no_import_has() -> None:
    assert validate_key_name("  Mairie \n de Lille ") == "Mairie de Lille"
    for name in ("", "  ", "x" * 61, "a\x1b[2Jb", "import actions.txt", "Import x"):
        with pytest.raises(ValueError, match="nom"):
            validate_key_name(name)


def test_a_secret_names_its_key_and_has_a_fixed_length() -> None:
    secret = generate_secret()
    presented = parse_secret(secret)

    assert presented is not None
    assert presented.id == secret.split("_")[1]
    assert len(secret) == len("acs_12345678_") + 64


def test_a_name_of_sixty_characters_is_accepted() -> None:
    assert validate_key_name("x" * 60) == "x" * 60


def test_the_name_of_an_import_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match=r"^ce nom se confondrait avec celui d'un import dans l'historique$"):
        validate_key_name("import actions.txt")
