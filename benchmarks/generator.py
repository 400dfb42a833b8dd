"""A seeded generator of exports that look like the real one: 3 to 4 KB a record, skewed facets, growing vocabulary.

A record depends on the seed and on its number alone, so that a larger catalogue begins with the smaller one. Each draws
some lemmas and repeats them, as texts do; a few of them come from a tail without end.
"""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, chain
from typing import TypeVar

from app.catalogue.action import Action
from app.catalogue.territory import departements
from benchmarks.vocabulary import tail_word, vocabulary, word_of

_Value = TypeVar("_Value")

_LEMMAS = 82  # of the core that a record speaks about
_TAIL_WORDS = 8  # of the tail
_ORGANISERS = 4_000
_SENTENCE = (7, 22)  # words, shortest and longest
_BULLETED = 0.3  # of the texts have lines that begin as labels do

_DIMENSIONS = ("Citoyenneté", "Accompagnement de projets", "Services", "Animation", None)
_STATUSES = ("En cours", "Terminée")
_PUBLICS = ("Tous publics", "Jeunesse", "Adultes", "familles", "Seniors", "Petite enfance", "Jeunes adultes", "Femmes")
_TERRITORIES = ("Un quartier", "Une commune", "Plusieurs communes", "Plusieurs quartiers", "Un département")
_KEYWORDS = (
    "Démocratie & citoyenneté",
    "intergénérationnel",
    "Solidarité",
    "Environnement",
    "éducation / scolarité",
    "Parentalité",
    "Logement",
    "Culture",
    "Mixité sociale",
    "développement durable",
    "Intégration",
    "Santé",
    "Précarité",
    "Emploi, économie",
    "discriminations",
    "Viellissement",
    "Numérique",
    "Vacances",
    "Alimentation",
    "Sport",
    "Mobilité",
    "Handicap",
    "Égalité femmes-hommes",
    "Langues",
    "Mémoire",
    "Médias",
)
_INITIATIVES = ("Le centre social", "Un ou plusieurs partenaire(s)", "Un groupe d'habitants", "Autre")
_PARTNERS = ("Bailleur social", "Commune", "Association", "Caf", "École", "Conseil départemental", "Mission locale")
_FUNDERS = ("Caf", "Ville", "Politique de la ville", "Conseil départemental", "Fondation", "Autofinancement")
_KINDS = ("Centre social", "CENTRE SOCIAL", "Espace de vie sociale", "Association", "Centre socioculturel", "Maison")
_NAMES = (
    "les Tilleuls",
    "la Clairière",
    "Jean-Macé",
    "l'Agora",
    "du Plateau",
    "Lucie Aubrac",
    "Arc-en-Ciel",
    "du Parc",
)

FACET_VALUES = {
    "dimension": tuple(filter(None, _DIMENSIONS)),
    "statut": _STATUSES,
    "public": _PUBLICS,
    "territoire": _TERRITORIES,
    "mot_cle": _KEYWORDS,
}
"""The values that a record may have in the facets that are counted."""


def words(seed: int = 1) -> list[str]:
    """Return the base form of each word of the core, most frequent first."""
    return [forms[0] for forms in vocabulary(seed).lemmas]


def actions(count: int, seed: int = 1) -> Iterator[Action]:
    """Yield `count` actions; the same seed gives the same ones, whatever the count."""
    return (action(number, seed) for number in range(count))


def action(number: int, seed: int = 1) -> Action:
    """Return the action of that number, counted from 0."""
    source = random.Random(f"{seed} {number}")
    text = _Writer(source, seed)
    ended = source.random() < 0.25
    territory = _skewed(source, _TERRITORIES)
    return Action(
        titre=text.title(),
        structure=organiser(_organiser_of(source, number), seed),
        statut=_STATUSES[ended],
        raisons_fin=text.prose(12) if ended else None,
        dimension=_skewed(source, _DIMENSIONS),
        mots_cles=_several(source, _KEYWORDS, 1 + source.randrange(5)),
        resume=text.prose(56),
        initiative=_several(source, _INITIATIVES, 1 + (source.random() < 0.4)),
        initiative_precision=text.prose(18) if source.random() < 0.3 else None,
        territoire=territory,
        experience=text.prose(84),
        public=_skewed(source, _PUBLICS),
        partenaires=_several(source, _PARTNERS, 1 + source.randrange(3)),
        territoire_partenariat=territory,
        description=text.prose(88),
        finances="\n".join(f"{each} : {source.randrange(2, 90) * 100} €" for each in _several(source, _FUNDERS, 3)),
        personnes_mobilisees=(
            f"{source.randrange(1, 6)} salariés, {source.randrange(2, 40)} bénévoles\n{text.prose(10)}"
        ),
        resultat_territoire=text.prose(15),
        resultat_centre=text.prose(18),
        resultat_habitants=text.prose(18),
        limites=text.prose(15),
        perspectives=text.prose(18),
    )


def organiser(number: int, seed: int = 1) -> str:
    """Return the structure of that number as an export names it, its département included."""
    source = random.Random(f"{seed} organiser {number}")
    place = source.choices(departements(), cum_weights=_place_weights(seed))[0]
    town = word_of(number + 1).capitalize()
    return f"{source.choice(_KINDS)} {source.choice(_NAMES)} de {town} - {place.nom}"


def _organiser_of(source: random.Random, number: int) -> int:
    """Return an organiser: a new one for two records of five until there are enough, or one from before."""
    fresh = number * 2 // 5
    if number * 2 % 5 < 2 and fresh < _ORGANISERS:
        return fresh
    return int(min(fresh + 1, _ORGANISERS) * source.random() ** 1.6)


@cache
def _place_weights(seed: int) -> tuple[float, ...]:
    """Return how many organisers each département has beside the others, summed up: some ten times as many."""
    source = random.Random(f"{seed} places")
    return tuple(accumulate(source.lognormvariate(0, 0.6) for _ in departements()))


def _skewed(source: random.Random, values: Sequence[_Value]) -> _Value:
    """Return one of `values`, each about half as likely as the one before."""
    return values[min(int(source.expovariate(0.62)), len(values) - 1)]


def _several(source: random.Random, values: Sequence[str], count: int) -> list[str]:
    """Return up to `count` distinct values, the first ones more often."""
    drawn = (values[int(len(values) * source.random() ** 2)] for _ in range(count))
    return list(dict.fromkeys(drawn))


class _Writer:
    """Writes the texts of one record out of the words that it speaks about."""

    def __init__(self, source: random.Random, seed: int) -> None:
        self._source = source
        self._vocabulary = vocabulary(seed)
        self._lemmas = self._vocabulary.draw(source, _LEMMAS) + [(tail_word(source),) for _ in range(_TAIL_WORDS)]

    def title(self) -> str:
        """Return a few words and a name that hardly any other title has."""
        source = self._source
        drawn = [forms[int(source.random() * len(forms))] for forms in source.choices(self._lemmas, k=3)]
        joined = f"{drawn[0]} {self._vocabulary.functions(source, 1)[0]} {drawn[1]} {drawn[2]} {tail_word(source)}"
        return joined[0].upper() + joined[1:]

    def prose(self, mean: int) -> str:
        """Return a text of about `mean` words: sentences in paragraphs, some of them bulleted lines."""
        source = self._source
        sentences = []
        left = max(4, int(source.lognormvariate(0, 0.35) * mean))
        while left > 0:
            count = min(left, source.randint(*_SENTENCE))
            sentences.append(self._sentence(count))
            left -= count
        if source.random() < _BULLETED:
            return sentences[0] + "".join(f"\n- {sentence}" for sentence in sentences[1:])
        half = len(sentences) // 2
        return "\n".join(" ".join(part) for part in (sentences[:half], sentences[half:]) if part)

    def _sentence(self, count: int) -> str:
        """Return a sentence in which every other word only ties the others together."""
        source = self._source
        drawn = source.choices(self._lemmas, k=count - count // 2)
        content = [forms[int(source.random() * len(forms))] for forms in drawn]
        ties = self._vocabulary.functions(source, len(content))
        sentence = " ".join(chain.from_iterable(zip(ties, content, strict=True)))
        return f"{sentence[0].upper()}{sentence[1:]}."
