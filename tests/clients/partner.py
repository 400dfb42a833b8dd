"""A partner's program on the client that `openapi-python-client` makes: searches, walks, reads, errs, writes.

`partner.py BASE KEY` prints what it was answered, as one JSON object.
"""

import json
import sys

from catalogue_client import AuthenticatedClient, Client
from catalogue_client.api.actions import lire_action, lister_actions
from catalogue_client.api.contributions import creer_action
from catalogue_client.models import Action, ActionEcrite, ActionList, NomDepartement, Problem, StructureEcrite


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


def main(base: str, key: str) -> None:
    """Make each of the calls."""
    client = Client(base_url=base)
    walked = walk(client)
    problem = err(client)
    answers = {
        "found": search(client).total,
        "walked": walked,
        "read": read(client, walked[0]).structure.nom,
        "problem": [problem.status, problem.type_],
        "written": write(AuthenticatedClient(base_url=base, token=key)).id,
    }
    print(json.dumps(answers))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(*sys.argv[1:])
