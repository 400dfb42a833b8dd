"""Hooks of Schemathesis: what is wanted of a request and no schema can say, so that its checks judge the rest."""

from itertools import count

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response
from schemathesis.checks import CHECKS
from schemathesis.generation.meta import TestPhase

from app.catalogue.change_cursor import ChangeCursor

_JOINERS = ("\\u200c", "\\u200d")  # as `repr` writes them
_numbers = count()
_use_after_free = CHECKS.get_one("use_after_free")


@schemathesis.hook
def filter_case(context: HookContext, case: Case) -> bool:
    """Drop what the checks would judge by something else than what the service was sent."""
    if _is_well_formed(case):
        # A cursor is one that this catalogue gave for this very question; the tests of cursors send whatever looks so.
        # Joiners are allowed in emoji and in scripts that need them, which no pattern can say.
        return "cursor" not in _query(case) and not any(joiner in repr(case.body) for joiner in _JOINERS)
    # An empty parameter counts as absent, as forms send it; so does a list, an object or a null without anything in it.
    return all(_says_something(value) for value in _query(case).values())


@schemathesis.hook
def map_case(context: HookContext, case: Case) -> Case:
    """Have well-formed requests follow from the beginning, name each creation anew, and get past If-Match at times."""
    if not _is_well_formed(case):
        return case
    if "since" in _query(case):
        case.query["since"] = ChangeCursor().encode()
    number = str(next(_numbers))
    _name_anew(case, number)
    if "If-Match" in case.headers and number.endswith(("0", "2", "4", "6", "8")):
        case.headers["If-Match"] = "*"
    return case


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:
    """Do the same for the document's own examples, which come all at once and pass by the hooks above."""
    if case.meta is not None and case.meta.phase.name is TestPhase.EXAMPLES:
        case.query.pop("cursor", None)
        _name_anew(case, f"exemple-{next(_numbers)}")


@CHECKS.register
def use_after_free(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """Take the place of the check of that name: the history of a record outlives it, which is what it is for."""
    return None if case.path == "/actions/{id}/history" else _use_after_free(ctx, response, case)


def _name_anew(case: Case, name: str) -> None:
    """Give a creation a name: one is taken by its first creation; any other one has to be refused under it."""
    if given := case.headers.get("Idempotency-Key"):
        case.headers["Idempotency-Key"] = name.zfill(len(given))


def _is_well_formed(case: Case) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


def _query(case: Case) -> dict[str, object]:
    return dict(case.query or {})


def _says_something(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(one not in (None, {}, []) and str(one).strip() for one in values)
