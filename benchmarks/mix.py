"""The query mix: what is asked, said once, for each engine and each service to put in its own words."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from app.catalogue.query import ActionQuery, FacetFilter
from benchmarks.generator import FACET_VALUES, words
from benchmarks.vocabulary import vocabulary

FACETS = ("dimension", "statut", "public", "territoire", "mot_cle")
PAGE = 20  # records
VALUES = 50  # of a facet that are counted

_COMMON = 120  # lemmas of the sector, each in a tenth of the records or more
_BEFORE = ("les", "des", "le", "la", "de", "un", "une", "et")  # what a phrase begins with
_DRAWS = 20  # before a question that was asked gets a filter more


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: `wanted` of its words (all when 0), side by side if a phrase, perhaps only how a word begins.

    `filters` are facets and the value that records must have in each.
    """

    name: str
    words: tuple[str, ...] = ()
    wanted: int = 0
    phrase: bool = False
    prefix: bool = False
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The question as a person types it."""
        joined = " ".join(self.words)
        return f'"{joined}"' if self.phrase else f"{joined}*" if self.prefix else joined

    @property
    def query(self) -> ActionQuery:
        """The question as our own engine takes it, five facets and a page of 20 with it.

        Where the words stand in the records is not asked: no other engine says it.
        """
        filters = tuple(FacetFilter(facet, (value,)) for facet, value in self.filters)
        return ActionQuery(
            text=self.text, filters=filters, facets=FACETS, facet_size=VALUES, limit=PAGE, highlight=False
        )


def mix() -> tuple[Asked, ...]:
    """Return the questions that are timed.

    The rare word is in some five records of a thousand. Each of the three words weighs about as much, so that two of
    them are enough for our own engine, which goes by weight, and for the others, which count.
    """
    core = words()
    return (
        Asked("rare word", (core[3000],)),
        Asked("common word", ("logement",)),
        Asked("two words", ("logement", "quartier")),
        Asked("three words", ("jardin", "vélo", "lecture"), wanted=2),
        Asked("phrase", ("centre", "social"), phrase=True),
        Asked("prefix", ("jar",), prefix=True),
        Asked("filter only", filters=(("dimension", "Services"),)),
        Asked("text and filter", ("logement",), filters=(("public", "Jeunesse"),)),
    )


def queries() -> dict[str, ActionQuery]:
    """Return the mix as our own engine takes it, by name."""
    return {asked.name: asked.query for asked in mix()}


def distinct(count: int, seed: int) -> Iterator[Asked]:
    """Yield `count` questions of the kinds of the mix in turn, no two alike.

    Words are drawn again when they have been asked for; a kind that runs out of them gets a filter more.
    """
    source = random.Random(f"distinct {seed}")
    kinds = mix()
    seen: set[tuple[object, ...]] = set()
    while len(seen) < count:
        kind = kinds[len(seen) % len(kinds)]
        asked = _another(kind, source)
        for _ in range(_DRAWS):
            if (asked.text, asked.filters) in seen:
                asked = _another(kind, source)
        while (asked.text, asked.filters) in seen:
            asked = replace(asked, filters=_with_one_more(asked.filters, source))
        seen.add((asked.text, asked.filters))
        yield asked


def _another(kind: Asked, source: random.Random) -> Asked:
    """Return a question of the same kind, with other words and another value in its filter."""
    filters = _with_one_more((), source) if kind.filters else ()
    common = _common()
    if kind.phrase:
        return replace(kind, words=(source.choice(_BEFORE), source.choice(common)), filters=filters)
    if kind.prefix:
        return replace(kind, words=(source.choice(common)[: source.randint(3, 5)],), filters=filters)
    pool = words()[2000:] if kind.name == "rare word" else common
    return replace(kind, words=tuple(source.sample(pool, len(kind.words))), filters=filters)


@cache
def _common() -> list[str]:
    """Return the forms of the commonest lemmas that are one word for every service."""
    return [form for forms in vocabulary().lemmas[:_COMMON] for form in forms if form.isalpha()]


def _with_one_more(filters: tuple[tuple[str, str], ...], source: random.Random) -> tuple[tuple[str, str], ...]:
    """Return `filters` with one on another facet; or, once all are there, with other values."""
    chosen = dict(filters) if len(filters) < len(FACET_VALUES) else {}
    facet = source.choice([name for name in FACET_VALUES if name not in chosen])
    return tuple(sorted({**chosen, facet: source.choice(FACET_VALUES[facet])}.items()))
