"""A partner's program on the client that `openapi-python-client` makes: searches, walks, reads, errs, writes,
changes what it wrote, deletes it, and follows what changed.

`partner.py BASE KEY` prints what it was answered, as one JSON object.
"""

import json
import sys
from importlib import import_module
from pkgutil import walk_packages

import catalogue_client
from catalogue_client import AuthenticatedClient, Client
from catalogue_client.api.actions import lire_action, lister_actions, suivre_changements
from catalogue_client.api.contributions import creer_action, modifier_action, supprimer_action
from catalogue_client.models import (
    Action,
    ActionEcrite,
    ActionList,
    ActionModifiee,
    ChangeList,
    NomDepartement,
    Problem,
    StructureEcrite,
)


def search(client: Client) -> ActionList:
    """Return what a search answers."""
    found = lister_actions.sync(client=client, q="jardin", departement=["Nord"], per_page=5)
    assert isinstance(found, ActionList)
    return found


def walk(client: Client) -> list[str]:
    """Return the identifiers of the whole catalogue, page by page."""
    page = lister_actions.sync(client=client, per_page=7)
    assert isinstance(page, ActionList)
    walked = [str(item.id) for item in page.items]
    while page.next_cursor:
        page = lister_actions.sync(client=client, per_page=7, cursor=page.next_cursor)
        assert isinstance(page, ActionList), page
        walked += [str(item.id) for item in page.items]
    return walked


def read(client: Client, identifier: str) -> Action:
    """Return one record."""
    action = lire_action.sync(identifier, client=client)
    assert isinstance(action, Action)
    return action


def err(client: Client) -> Problem:
    """Return the problem that an unknown identifier is."""
    problem = lire_action.sync("il-n-y-en-a-pas", client=client)
    assert isinstance(problem, Problem)
    return problem


def write(client: AuthenticatedClient) -> Action:
    """Return the record that was created."""
    structure = StructureEcrite(nom="Centre social des Tilleuls", departement=NomDepartement("59"))
    body = ActionEcrite(titre="Atelier d'un client Python", structure=structure, mots_cles=["Mobilité"])
    created = creer_action.sync(client=client, body=body, idempotency_key="client-python")
    assert isinstance(created, Action)
    return created


def change(client: AuthenticatedClient, identifier: str) -> tuple[str | None, int | None]:
    """Return the status that a change gives a record, and that of the refusal of a change of the version before."""
    seen = lire_action.sync_detailed(identifier, client=client).headers["ETag"]
    body = ActionModifiee(statut="En cours")
    changed = modifier_action.sync(identifier, client=client, body=body, if_match=seen)
    late = modifier_action.sync(identifier, client=client, body=body, if_match=seen)
    assert isinstance(changed, Action)
    assert isinstance(late, Problem)
    return changed.statut, late.status


def delete(client: AuthenticatedClient, identifier: str) -> list[int]:
    """Return the statuses of deleting a record and of reading it then."""
    seen = lire_action.sync_detailed(identifier, client=client).headers["ETag"]
    deleted = supprimer_action.sync_detailed(identifier, client=client, if_match=seen)
    return [deleted.status_code, lire_action.sync_detailed(identifier, client=client).status_code]


def follow(client: Client) -> list[str]:
    """Return the identifiers of all that changed, page by page."""
    page = suivre_changements.sync(client=client, limit=10)
    assert isinstance(page, ChangeList)
    followed = [change.id for change in page.items]
    while page.more:
        page = suivre_changements.sync(client=client, limit=10, since=page.cursor)
        assert isinstance(page, ChangeList)
        followed += [change.id for change in page.items]
    return followed


def main(base: str, key: str) -> None:
    """Make each of the calls."""
    for module in walk_packages(catalogue_client.__path__, "catalogue_client."):
        import_module(module.name)  # what nothing here uses, too
    client = Client(base_url=base)
    editor = AuthenticatedClient(base_url=base, token=key)
    walked = walk(client)
    problem = err(client)
    written = write(editor)
    answers = {
        "found": search(client).total,
        "walked": walked,
        "read": read(client, walked[0]).structure.nom,
        "problem": [problem.status, problem.type_],
        "written": [written.id, written.titre],
        "changed": change(editor, written.id),
        "deleted": delete(editor, written.id),
        "followed": follow(client),
    }
    print(json.dumps(answers))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(*sys.argv[1:])
