"""French-looking words with their inflected forms: a closed core after Zipf, and a tail without end."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate

_CORE = 6_000  # lemmas that every catalogue shares, however small
_FLATNESS = 12  # Mandelbrot's constant: how much the first ranks are alike
_TAIL_EXPONENT = 0.6  # of the tail's Pareto law: new words come as draws ** 0.6, which is Heaps' law
_RAREST = 10**8
_SCATTER = 61_803_399  # sends neighbouring ranks to words that do not look alike; prime to the number of words


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Shares of running French text, in thousandths, of words that say nothing by themselves.
_FUNCTION_WORDS = _words(
    """
    de 50 la 24 les 24 et 24 le 20 des 20 à 16 un 12 une 12 en 12 du 11 pour 10 dans 8 est 8 par 7 qui 7 sur 7
    avec 6 plus 5 au 5 que 5 ce 5 se 5 sont 4 son 4 ou 4 leur 4 aux 4 nous 4 ont 3 été 3 ne 3 pas 3 cette 3 il 3
    ils 3 entre 3 ses 3 leurs 3 tous 3 sans 2 elle 2 mais 2 très 2 chaque 2 aussi 2 ces 2 comme 2 autour 1 vers
    1 donc 1 afin 1
    """
)
_PAIRS = ("de la 12", "dans le 5", "à la 4", "de l'un 1", "par les 2", "il y a 1", "c'est 2", "qu'il 2", "n'est 1")

_NOUNS = _words(
    """
    habitant quartier logement jeune famille enfant parent projet atelier bénévole association jardin ville
    rencontre école activité salarié groupe besoin partenaire commune personne adulte échange accueil femme
    senior vacance repas sortie fête culture santé emploi citoyen territoire espace temps voisin action aide
    soutien réunion place lieu cuisine jardinage jardinier livre lecture conte musique théâtre danse sport vélo
    transport mobilité rue immeuble bailleur locataire énergie budget facture droit démarche ordinateur
    numérique langue alphabétisation scolarité devoir collège lycée crèche relais grand-parent retraité
    isolement solidarité épicerie vêtement troc récupération compost
    """
)
PHRASES = (
    "centre social|centres sociaux",
    "vie sociale",
    "lien social|liens sociaux",
    "pouvoir d'agir",
    "vivre ensemble",
    "développement durable",
    "petite enfance",
    "conseil citoyen|conseils citoyens",
)
_VERBS = _words(
    """
    accompagn anim particip organis développ favoris mobilis rencontr partag propos cré cultiv aid écout
    """
)
_ADJECTIVES = _words(
    """
    social local collectif familial culturel éducatif intergénérationnel associatif régulier ouvert
    """
)

_SYLLABLES = _words(
    """
    ba bou cha cou da dé dou fa fi fon ga gran ja jou la li lu ma mé mi mon na no par pé plan pré qué ra ri ron
    sa sen so ta té tra va vil voi zo
    """
)
_WORDS = len(_SYLLABLES) ** 5  # stems of the tail
_CLASSES = (
    ("ment", "ments"),
    ("tion", "tions"),
    ("age", "ages"),
    ("ité", "ités"),
    ("eur", "eurs", "euse", "euses"),
    ("ier", "iers", "ière", "ières"),
    ("if", "ifs", "ive", "ives"),
    ("al", "ale", "ales", "aux"),
    ("er", "e", "ent", "é", "ée", "és", "ant", "ation"),
    ("ir", "it", "issent", "i", "is", "issant"),
    ("ette", "ettes"),
    ("", "s"),
)
_VOWELS = "aeiouyéèêàh"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The forms of each lemma of the core, most frequent lemma first, and how often each is drawn."""

    lemmas: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...]  # summed up from the first lemma on
    function_words: tuple[str, ...]
    function_weights: tuple[float, ...]

    def draw(self, source: random.Random, count: int) -> list[tuple[str, ...]]:
        """Return the forms of `count` lemmas of the core."""
        return source.choices(self.lemmas, cum_weights=self.weights, k=count)

    def functions(self, source: random.Random, count: int) -> list[str]:
        """Return `count` words that only tie others together."""
        return source.choices(self.function_words, cum_weights=self.function_weights, k=count)


@cache
def vocabulary(seed: int = 1) -> Vocabulary:
    """Return the core of that seed."""
    lemmas = tuple(_lemmas(random.Random(seed)))
    pairs = [entry.rsplit(" ", 1) for entry in _PAIRS]
    alone = _FUNCTION_WORDS
    pairs += [[word, share] for word, share in zip(alone[::2], alone[1::2], strict=True)]
    return Vocabulary(
        lemmas,
        tuple(accumulate(1 / (rank + _FLATNESS) for rank in range(len(lemmas)))),
        tuple(word for word, _ in pairs),
        tuple(accumulate(float(share) for _, share in pairs)),
    )


def tail_word(source: random.Random) -> str:
    """Return a word of the tail: mostly one that was seen before, and again and again a new one."""
    return word_of(_CORE + min(_RAREST, int(_CORE * ((1 - source.random()) ** (-1 / _TAIL_EXPONENT) - 1))))


@lru_cache(maxsize=200_000)
def word_of(rank: int) -> str:
    """Return the word of that rank in the tail, another one for each rank."""
    syllables, left = [], rank * _SCATTER % _WORDS
    while left:
        left, digit = divmod(left, len(_SYLLABLES))
        syllables.append(_SYLLABLES[digit])
    endings = _CLASSES[rank % len(_CLASSES)]
    return "".join(syllables) + endings[rank // len(_CLASSES) % len(endings)]


def _lemmas(source: random.Random) -> Iterator[tuple[str, ...]]:
    """Yield the forms of each lemma: words of the sector first, then words that merely look French."""
    first = [_elided((noun, f"{noun}s")) for noun in _NOUNS]
    first += [_elided(tuple(stem + ending for ending in _CLASSES[8])) for stem in _VERBS]
    first += [(word, f"{word}s", f"{word}e", f"{word}es") for word in _ADJECTIVES]
    phrases = [tuple(phrase.split("|")) for phrase in PHRASES]
    first[2:2] = phrases[:1]
    first[20:20] = phrases[1:]
    yield from first
    seen = {forms[0] for forms in first}
    while len(seen) < _CORE:
        stem = "".join(source.choices(_SYLLABLES, k=source.choice((1, 2, 2))))
        forms = tuple(stem + ending for ending in source.choice(_CLASSES))
        if forms[0] not in seen and len(stem) > len("ba"):
            seen.add(forms[0])
            yield _elided(forms)


def _elided(forms: tuple[str, ...]) -> tuple[str, ...]:
    """Return `forms`, with an article or a preposition before those that begin with a vowel."""
    if forms[0][0] not in _VOWELS:
        return forms
    return (*forms, f"l'{forms[0]}", f"d’{forms[-1]}")
