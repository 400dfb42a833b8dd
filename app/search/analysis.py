"""French text analysis: tokens, folded words and stems, shared by the index, queries and highlights."""

import re
import unicodedata
from array import array
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from snowballstemmer.french_stemmer import FrenchStemmer

ANALYSIS_VERSION = 3
"""Part of the index fingerprint: raise it with every change below that changes the words or stems of any text."""

_APOSTROPHES = "'’ʼ‘´`′"
_LETTER = r"[^\W_ʼ]"
# Combining marks, soft hyphens and zero-width characters do not end a word.
_JOINERS = r"[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+"
_DOTTED = r"(?<![^\W_])(?:[^\W\d_]\.){2,}[^\W\d_]?(?![^\W_])"  # C.A.F. is CAF
_WORD = re.compile(
    rf"(?:{_DOTTED}|{_LETTER}+(?:{_JOINERS}{_LETTER}*)*"
    rf"(?:(?<=jourd|JOURD)[{_APOSTROPHES}](?:hui|HUI)\b)?)"
    rf"(?=([{_APOSTROPHES}]{_LETTER})?)"
)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_ELIDED = frozenset(["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"])
NO_TERM_NUMBER = -1  # number of a raw string that is no word
_MAX_WORD_LENGTH = 64  # characters; longer words are neither stemmed nor cached

# Folded stop words. These are not among them, because they have a meaning in this sector: été, être (bien-être), bien,
# sans (sans-abri), soi (estime de soi), ensemble, faire, contre, car, or.
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

# Plurals that Snowball takes for adjectives or verbs, and feminines that it does not know. `travaux` (building works)
# and `travail` (work) stay apart, because they are different subjects.
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
# Not stemmed, because the stem is another word: a département (Ain), an acronym of the sector (CAF), the sea (mer).
_UNSTEMMED = frozenset(["aine", "cafe", "mere"])
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
    """One word of a text: its start and end offsets in characters, its folded form and its stem."""

    start: int
    end: int
    word: str
    stem: str


class Term(NamedTuple):
    """The indexed forms of a word: folded, stem, and surface form (lower case with accents)."""

    word: str
    stem: str
    surface: str


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of `text` in order, without elided words (`l'`, `qu'`)."""
    for match in _WORD.finditer(text):
        if term := _match_term(match):
            yield Token(*match.span(), term.word, term.stem)


class TermNumbering(dict[str, int]):
    """Maps raw words to the number of their term in `terms`; each distinct raw word is analysed once."""

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
        """Append one entry per token of `text` to each array: term number, start offset, length in characters."""
        for match in _WORD.finditer(text):
            raw = match[0]
            number = self[raw]
            if number == NO_TERM_NUMBER or (match[1] and self.terms[number].word in _ELIDED):
                continue
            numbers.append(number)
            starts.append(match.start())
            lengths.append(len(raw))


def _match_term(match: re.Match[str]) -> Term | None:
    """Return the term of a match of `_WORD`; None when it has no letter or digit, or is elided."""
    raw = match[0]
    term = _term(raw) if len(raw) <= _MAX_WORD_LENGTH else _analyse(raw)
    return term if term.word and not (match[1] and term.word in _ELIDED) else None


def fold_word(raw: str) -> str:
    """Return a word in lower case without accents and ligatures; only letters and digits are kept."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", raw).casefold().translate(_LIGATURES))
    return plain if plain.isalnum() else "".join([char for char in plain if char.isalnum()])


def surface_form(raw: str) -> str:
    """Return a word in lower case and NFC, without invisible characters: the form shown in suggestions."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", raw)).lower()


def stem(word: str) -> str:
    """Return the stem of a folded word: Snowball French, preceded by rules for words without accents."""
    return _stem(word) if len(word) <= _MAX_WORD_LENGTH else word


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    singular = _IRREGULAR.get(word) or _singular(word)
    masculine = _IRREGULAR.get(singular) or _masculine(singular)
    # A stemmer is stateful and cheap to create: one per word is thread-safe.
    return masculine if masculine in _UNSTEMMED else str(FrenchStemmer().stemWord(masculine))


def _singular(word: str) -> str:
    """Return a plural without its `s`. Snowball removes it too late: it stems `potager` and `potagers` differently."""
    if not word.endswith("s") or len(word) < len("clos") or word in _INVARIABLE:
        return word
    previous = word[-2]
    if previous in "ai" or word.endswith("ous") or (previous == "o" and len(word) == len("clos")):
        return word
    return word[:-1] if previous != "s" else word


def _masculine(word: str) -> str:
    """Return `agee` as `age`, `premiere` as `premier`: Snowball recognises these feminine endings by their accent."""
    if word.endswith(("iere", "gere", "chere")) and len(word) > len("frere"):
        return word[:-1]
    return word[:-1] if word.endswith("ee") and len(word) > len("fee") else word


def _analyse(raw: str) -> Term:
    word = fold_word(raw)
    return Term(word, stem(word), surface_form(raw))


_term = lru_cache(maxsize=200_000)(_analyse)
