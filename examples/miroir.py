"""Tient une copie du catalogue dans un fichier SQLite, à jour par `GET /changes`. Il ne faut que httpx.

    python examples/miroir.py http://127.0.0.1:8000 copie.db
    python examples/miroir.py http://127.0.0.1:8000 copie.db --suivre 60

La première fois, tout est copié ; ensuite, seulement ce qui a changé. Interrompue n'importe quand, la copie reprend où
elle en était : les fiches d'une page et le curseur qui la suit sont écrits ensemble, ou pas du tout. Avec `--suivre`,
un service occupé ou injoignable est redemandé plus tard ; un refus sans appel arrête la copie, et dit pourquoi.
"""

import argparse
import json
import sqlite3
import sys
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

TABLES = """
CREATE TABLE IF NOT EXISTS actions (id TEXT PRIMARY KEY, fiche TEXT NOT NULL, tour INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS place (seule INTEGER PRIMARY KEY CHECK (seule = 1), curseur TEXT, tour INTEGER NOT NULL);
INSERT OR IGNORE INTO place VALUES (1, NULL, 1);
"""
ATTENTE = 5.0  # secondes avant de redemander à un service qui n'a pas répondu, et ne dit pas quand
PLUS_LONGUE = 3600.0  # secondes : ce qu'on attend au plus, quoi que le service demande
PASSAGERS = {408, 425, 429, 500, 502, 503, 504}  # statuts qui valent d'être redemandés


def ouvrir(fichier: str) -> sqlite3.Connection:
    """Ouvre la copie, vide la première fois."""
    copie = sqlite3.connect(fichier)
    copie.executescript(TABLES)
    return copie


def mettre_a_jour(client: httpx.Client, copie: sqlite3.Connection) -> None:
    """Prend tout ce qui a changé depuis la dernière fois."""
    reste = True
    while reste:
        curseur, tour = copie.execute("SELECT curseur, tour FROM place").fetchone()
        reponse = client.get("/changes", params={"limit": 500} | ({"since": curseur} if curseur else {}))
        if reponse.status_code == httpx.codes.GONE and curseur:
            # Le catalogue n'est plus celui d'avant : tout reprendre, sous un autre numéro de tour.
            with copie:
                copie.execute("UPDATE place SET curseur = NULL, tour = tour + 1")
            continue
        page = reponse.raise_for_status().json()
        reste = page["more"]
        with copie:
            appliquer(copie, page["items"], tour)
            copie.execute("UPDATE place SET curseur = ?", (page["cursor"],))
            if not reste:  # ce qu'un tour complet n'a pas vu n'est plus au catalogue
                copie.execute("DELETE FROM actions WHERE tour < ?", (tour,))


def appliquer(copie: sqlite3.Connection, changements: list[dict[str, Any]], tour: int) -> None:
    """Prend chaque fiche telle qu'elle est maintenant, et retire celles qui ne sont plus là."""
    for changement in changements:
        if changement["kind"] == "suppression":
            copie.execute("DELETE FROM actions WHERE id = ?", (changement["id"],))
        else:
            fiche = json.dumps(changement["action"], ensure_ascii=False)
            copie.execute("INSERT OR REPLACE INTO actions VALUES (?, ?, ?)", (changement["id"], fiche, tour))


def suivre(client: httpx.Client, copie: sqlite3.Connection, toutes_les: float) -> None:
    """Met à jour sans fin ; un service occupé ou injoignable est redemandé plus tard, un refus lève une erreur."""
    while True:
        try:
            mettre_a_jour(client, copie)
            pause = toutes_les
        except httpx.HTTPStatusError as erreur:
            if erreur.response.status_code not in PASSAGERS:
                raise
            pause = attente(erreur.response.headers.get("Retry-After", ""))
        except httpx.UnsupportedProtocol:
            raise
        except httpx.TransportError:
            pause = ATTENTE
        time.sleep(pause)


def attente(demandee: str) -> float:
    """Rend les secondes que demande un en-tête `Retry-After` : un nombre ou une date, selon RFC 9110."""
    if demandee.isdecimal():
        secondes = float(demandee)
    else:
        try:
            date = parsedate_to_datetime(demandee).replace(tzinfo=UTC)  # une date de HTTP est toujours en UTC
        except ValueError:
            return ATTENTE
        secondes = (date - datetime.now(UTC)).total_seconds()
    return min(max(secondes, 1.0), PLUS_LONGUE)


def raison(reponse: httpx.Response) -> str:
    """Rend ce qu'une erreur dit d'elle-même."""
    dit = reponse.headers.get("Content-Type", "").startswith("application/problem+json")
    return f"{reponse.status_code} {reponse.json()['detail'] if dit else reponse.reason_phrase}"


def main() -> None:
    """Lit la ligne de commande."""
    ligne = argparse.ArgumentParser(description="Tient une copie du catalogue dans un fichier SQLite.")
    ligne.add_argument("adresse", help="adresse du service, comme http://127.0.0.1:8000")
    ligne.add_argument("fichier", help="fichier de la copie")
    ligne.add_argument("--suivre", type=float, metavar="SECONDES", help="recommencer, sans fin, à cet intervalle")
    demande = ligne.parse_args()
    copie = ouvrir(demande.fichier)
    try:
        with httpx.Client(base_url=demande.adresse, timeout=30) as client:
            if demande.suivre is not None:
                suivre(client, copie, demande.suivre)
            mettre_a_jour(client, copie)
    except httpx.HTTPStatusError as erreur:
        sys.exit(f"{erreur.request.url} : {raison(erreur.response)}")
    except (httpx.TransportError, httpx.InvalidURL) as erreur:
        sys.exit(f"{demande.adresse} ne répond pas : {erreur}")
    (nombre,) = copie.execute("SELECT count(*) FROM actions").fetchone()
    print(f"{nombre} actions dans {demande.fichier}")


if __name__ == "__main__":
    main()
