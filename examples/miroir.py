"""Tient une copie du catalogue dans un fichier SQLite, à jour par `GET /changes`. Il ne faut que httpx.

    python examples/miroir.py http://127.0.0.1:8000 copie.db
    python examples/miroir.py http://127.0.0.1:8000 copie.db --suivre 60

La première fois, tout est copié ; ensuite, seulement ce qui a changé. Interrompue n'importe quand, la copie reprend où
elle en était : les fiches d'une page et le curseur qui la suit sont écrits ensemble, ou pas du tout.
"""

import argparse
import json
import sqlite3
import time
from typing import Any

import httpx

TABLES = """
CREATE TABLE IF NOT EXISTS actions (id TEXT PRIMARY KEY, fiche TEXT NOT NULL, tour INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS place (seule INTEGER PRIMARY KEY CHECK (seule = 1), curseur TEXT, tour INTEGER NOT NULL);
INSERT OR IGNORE INTO place VALUES (1, NULL, 1);
"""
ATTENTE = 5.0  # secondes avant de redemander à un service qui n'a pas répondu


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
        if reponse.status_code == httpx.codes.GONE:
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
    """Met à jour sans fin ; un service qui ne répond pas est redemandé plus tard."""
    while True:
        try:
            mettre_a_jour(client, copie)
            time.sleep(toutes_les)
        except httpx.HTTPStatusError as erreur:
            time.sleep(float(erreur.response.headers.get("Retry-After", ATTENTE)))
        except httpx.TransportError:
            time.sleep(ATTENTE)


def main() -> None:
    """Lit la ligne de commande."""
    ligne = argparse.ArgumentParser(description="Tient une copie du catalogue dans un fichier SQLite.")
    ligne.add_argument("adresse", help="adresse du service, comme http://127.0.0.1:8000")
    ligne.add_argument("fichier", help="fichier de la copie")
    ligne.add_argument("--suivre", type=float, metavar="SECONDES", help="recommencer, sans fin, à cet intervalle")
    demande = ligne.parse_args()
    copie = ouvrir(demande.fichier)
    with httpx.Client(base_url=demande.adresse, timeout=30) as client:
        if demande.suivre is not None:
            suivre(client, copie, demande.suivre)
        mettre_a_jour(client, copie)
    (nombre,) = copie.execute("SELECT count(*) FROM actions").fetchone()
    print(f"{nombre} actions dans {demande.fichier}")


if __name__ == "__main__":
    main()
