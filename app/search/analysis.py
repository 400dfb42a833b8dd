"""The French analysis: how a text becomes words, for the index, for a query and for highlights alike."""

import re
import unicodedata
from array import array
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from snowballstemmer.french_stemmer import FrenchStemmer

ANALYSIS_VERSION = 3
"""Part of an index's fingerprint: raise it with every change below that gives any text other words or stems."""

_APOSTROPHES = "'’ʼ‘´`′"
_LETTER = r"[^\W_ʼ]"
# Marks that follow a letter in decomposed text, soft hyphens and zero-width characters do not end a word.
_JOINERS = r"[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+"
_DOTTED = r"(?<![^\W_])(?:[^\W\d_]\.){2,}[^\W\d_]?(?![^\W_])"  # C.A.F. is CAF
_WORD = re.compile(
    rf"(?:{_DOTTED}|{_LETTER}+(?:{_JOINERS}{_LETTER}*)*"
    rf"(?:(?<=jourd|JOURD)[{_APOSTROPHES}](?:hui|HUI)\b)?)"
    rf"(?=([{_APOSTROPHES}]{_LETTER})?)"
)
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_ELIDED = frozenset(["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"])
NO_TERM_NUMBER = -1  # the number of what is no word
_MAX_WORD_LENGTH = 64  # what is longer is no word: it is not stemmed, and stays out of the caches

# Folded words that say nothing about an action. Left out on purpose, because they do in this sector: été, être
# (bien-être), bien, sans (sans-abri), soi (estime de soi), ensemble, faire, contre, car, or.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a ai ainsi alors as au aussi aux avaient avait avec avez avons c ce cela celle celles celui ces cet cette ceux
        ci combien comme comment d dans de des donc dont du elle elles en entre es est et etaient etait etant etes eu
        eux faudrait faut il ils j je jusqu l la laquelle le lequel les lesquelles lesquels leur leurs lors lorsqu
        lorsque lui m ma mais me meme memes mes moi mon n ne ni nos notre nous on ont ou par parce pas pour pourquoi
        puisqu puisque qu quand que quel quelle quelles quels qui quoi quoiqu quoique s sa se sera serait seront ses si
        soit son sont sous suis sur t ta te tes toi ton tres tu un une vos votre vous y
        """,
    )
)

# What Snowball's rules miss: plurals that it takes for adjectives or verbs, and feminines that it does not know.
# `travaux` stays apart from `travail` on purpose: building works are another subject than work.
_IRREGULAR = {
    plural: plural.removesuffix(ending) + singular
    for ending, singular, plurals in (
        ("aux", "ail", "baux coraux emaux vitraux"),
        ("x", "", "joyaux materiaux noyaux tuyaux adieux aveux cheveux enjeux feux jeux lieux milieux neveux voeux"),
        ("s", "", "abris amis appuis convois emplois ennemis ennuis envois essais lois parois plis renvois rois skis"),
        ("s", "", "tournois trous verrous"),
        ("", "e", "gratuit inscrit interdit parfait petit precis satisfait"),
        ("ve", "f", "active captive craintive fautive festive fictive massive"),
        ("ve", "f", "naive native passive sportive tardive vive"),
    )
    for plural in plurals.split()
} | {"yeux": "oeil"}
# Words whose stem would be another word: a département (Ain), an acronym of the sector (CAF), the sea (mer).
_WHOLE = frozenset(["aine", "cafe", "mere"])
_INVARIABLE = frozenset(
    re.findall(
        r"\w+",
        """
        abus autobus bonus bus cactus campus confus consensus corpus cursus dessus detritus diffus divers envers focus
        humus inclus intrus jus lapsus malus minibus nimbus obtus omnibus papyrus perclus plus processus prospectus
        quitus reclus refus stimulus surplus talus terminus tiers travers trolleybus typhus univers vers versus virus
        """,
    )
)


class Token(NamedTuple):
    """One word of a text: where it stands there, its folded form, and its stem."""

    start: int
    end: int
    word: str
    stem: str


class Term(NamedTuple):
    """What is indexed of a word: its folded form, its stem, and how it is spelled in lower case."""

    word: str
    stem: str
    surface: str


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of `text` in their order; elided articles and the like (`l'`, `qu'`) are left out."""
    for match in _WORD.finditer(text):
        if term := _kept(match):
            yield Token(*match.span(), term.word, term.stem)


class TermNumbering(dict[str, int]):
    """Numbers the terms of texts as they come, for whoever sees each of them many times: `terms` are those numbered.

    It maps what stands in a text to the number of its term, so that a word that was seen is not analysed again.
    """

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self._known: dict[Term, int] = {}

    def __missing__(self, raw: str) -> int:
        term = _analyse(raw)
        number = self._known.setdefault(term, len(self.terms)) if term.word else NO_TERM_NUMBER
        if number == len(self.terms):
            self.terms.append(term)
        if len(raw) <= _MAX_WORD_LENGTH:
            self[raw] = number
        return number

    def append_terms(self, text: str, numbers: "array[int]", starts: "array[int]", lengths: "array[int]") -> None:
        """Append what `tokens` finds in `text`: the number of each term, where it begins, and how long it stands."""
        for match in _WORD.finditer(text):
            raw = match[0]
            number = self[raw]
            if number == NO_TERM_NUMBER or (match[1] and self.terms[number].word in _ELIDED):
                continue
            numbers.append(number)
            starts.append(match.start())
            lengths.append(len(raw))


def _kept(match: re.Match[str]) -> Term | None:
    """Return the term of a word, None when it is none or elided."""
    raw = match[0]
    term = _term(raw) if len(raw) <= _MAX_WORD_LENGTH else _analyse(raw)
    return term if term.word and not (match[1] and term.word in _ELIDED) else None


def folded(raw: str) -> str:
    """Return one word without case, accents, ligatures, or anything that is no letter or digit."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", raw).casefold().translate(_LIGATURES))
    return "".join(char for char in plain if char.isalnum())


def surface_form(raw: str) -> str:
    """Return one word in lower case, composed, without what cannot be seen: as it is shown to whoever mistyped it."""
    return _UNSEEN.sub("", unicodedata.normalize("NFC", raw)).lower()


def stem(word: str) -> str:
    """Return the stem of a folded word: Snowball French, made to work on words without accents."""
    return _stem(word) if len(word) <= _MAX_WORD_LENGTH else word


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    # A stemmer has state and is cheap to make: one for each word is what makes this safe in threads.
    one = _IRREGULAR.get(word) or _singular(word)
    plain = _IRREGULAR.get(one) or _masculine(one)
    return plain if plain in _WHOLE else str(FrenchStemmer().stemWord(plain))


def _singular(word: str) -> str:
    """Return a plural without its `s`, which Snowball takes off too late: `potager` would lose `er`, `potagers` not."""
    if not word.endswith("s") or len(word) < len("clos") or word in _INVARIABLE:
        return word
    before = word[-2]
    if before in "ai" or word.endswith("ous") or (before == "o" and len(word) == len("clos")):
        return word
    return word[:-1] if before != "s" else word


def _masculine(word: str) -> str:
    """Return `agee` as `age`, `premiere` as `premier`: without its accent, Snowball does not know a feminine ending."""
    if word.endswith(("iere", "gere", "chere")) and len(word) > len("frere"):
        return word[:-1]
    return word[:-1] if word.endswith("ee") and len(word) > len("fee") else word


def _analyse(raw: str) -> Term:
    word = folded(raw)
    return Term(word, stem(word), surface_form(raw))


_term = lru_cache(maxsize=200_000)(_analyse)
