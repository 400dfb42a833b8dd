"""Actions and records made for tests: give what matters to the test, the rest has quiet defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.catalogue.action import Action, action_slug
from app.catalogue.record import Record

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def make_action(titre: str = "Jardin partagé", **values: Any) -> Action:
    """Return an action of `titre`, organised in the Nord unless told otherwise."""
    return Action(titre=titre, **{"structure": "Centre social des Tilleuls - Nord", **values})


def make_record(number: int = 1, titre: str = "Jardin partagé", *, version: int = 1, **values: Any) -> Record:
    """Return the record of `make_action`, created on the day `number` of 2026."""
    action = make_action(titre, **values)
    moment = EPOCH + timedelta(days=number - 1)
    return Record(number, action_slug(action), version, action, cree_le=moment, modifie_le=moment)
