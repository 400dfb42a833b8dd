"""A seeded generator of exports that look like the real one: word frequencies after Zipf, skewed facets."""

import random
from collections.abc import Iterator
from itertools import accumulate

from app.catalogue.action import Action
from app.catalogue.territory import departements

_SYLLABLES = ("ba", "cou", "dé", "fi", "gran", "jar", "la", "mi", "no", "par", "qué", "ri", "so", "ta", "vil", "zo")
_ENDINGS = ("ment", "tion", "age", "eur", "ité", "ons", "er", "s", "e", "ette")
_DIMENSIONS = ("Citoyenneté", "Accompagnement de projets", "Services", "Animation")
_PUBLICS = ("Tous publics", "Jeunesse", "Adultes", "familles", "Seniors", "Petite enfance")
_TERRITORIES = ("Un quartier", "Une commune", "Plusieurs communes", "Plusieurs quartiers")
_KEYWORDS = ("intergénérationnel", "Solidarité", "Logement", "Culture", "Parentalité", "Santé", "Environnement")
_COMMON_WORDS = ("le", "la", "les", "des", "et", "un", "habitants", "centre", "social", "quartier", "logement")
_VOCABULARY = 20_000


def words(seed: int = 1) -> list[str]:
    """Return a vocabulary, most frequent word first."""
    random_ = random.Random(seed)
    made = dict.fromkeys(_COMMON_WORDS)
    while len(made) < _VOCABULARY:
        stem = "".join(random_.choices(_SYLLABLES, k=random_.randint(1, 3)))
        made[stem + random_.choice(_ENDINGS)] = None
    return list(made)


def actions(count: int, seed: int = 1) -> Iterator[Action]:
    """Yield `count` actions; the same seed gives the same ones, whatever the count."""
    random_ = random.Random(seed)
    vocabulary = words(seed)
    weights = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    places = departements()
    for number in range(count):

        def text(length: int) -> str:
            return " ".join(random_.choices(vocabulary, cum_weights=weights, k=length))

        organiser = random_.randint(1, 4000)
        yield Action(
            titre=f"{text(4).capitalize()} {number}",
            structure=f"Centre social {organiser} - {places[organiser % len(places)].nom}",
            statut=random_.choices(("En cours", "Terminée"), (3, 1))[0],
            dimension=random_.choices(_DIMENSIONS, (8, 4, 2, 1))[0],
            mots_cles=sorted(set(random_.choices(_KEYWORDS, range(len(_KEYWORDS), 0, -1), k=2))),
            resume=text(120),
            initiative=["Le centre social"],
            territoire=random_.choices(_TERRITORIES, (6, 3, 2, 1))[0],
            experience=text(150),
            public=random_.choices(_PUBLICS, (6, 4, 3, 2, 1, 1))[0],
            partenaires=["Bailleur social"],
            territoire_partenariat="Un quartier",
            description=text(150),
            limites=text(40),
        )
