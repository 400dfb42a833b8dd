"""The thesaurus: groups of terms that mean the same to whoever searches, read from a file that an operator edits."""

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.catalogue.errors import system_error_message
from app.catalogue.text import digest
from app.resources import resource_path
from app.search.analysis import STOP_WORDS, stem, tokens
from app.search.spelling import Vocabulary, nearest_word

_COMMENT, _SEPARATOR = "#", "="
_MAX_WORDS = 12  # of a member, stop words included; as many as a phrase that is typed
_MAX_MEMBERS = 12  # of a group: what a word can be widened to takes a bounded time
_MIN_CORRECTION_LENGTH = 5  # letters; `cafe` is a slip for many things before it is one for `caf`

_ESCAPED, _LAST_ESCAPED = "\udc80", "\udcff"  # what stands for bytes that are not UTF-8

_Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line that was left out, from 1 on, and why, in French; line 0 is the file as a whole."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class SynonymSpan:
    """Words of a query that a group knows, from `start` to before `stop`, and the other members of that group.

    An alternative is its folded words in their order, stop words included: a phrase to look for.
    """

    start: int
    stop: int
    alternatives: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Member:
    """A term of a group: as it is written, its folded words, and the stems by which it is recognised."""

    written: str
    words: tuple[str, ...]
    stems: _Stems


class Thesaurus:
    """Groups of equivalent terms, and the lines that were left out."""

    def __init__(self, groups: Sequence[Sequence[_Member]], bad_lines: Sequence[InvalidLine]) -> None:
        members = [member for group in groups for member in group]
        self.invalid_lines = tuple(bad_lines)
        self.groups = tuple(tuple(member.written for member in group) for group in groups)
        self.digest = digest(*(_SEPARATOR.join(group) for group in self.groups))
        self._words = frozenset(word for member in members for word in member.words if word not in STOP_WORDS)
        self._vocabulary = Vocabulary(word for word in self._words if len(word) >= _MIN_CORRECTION_LENGTH)
        self._longest = max((len(member.stems) for member in members), default=0)
        self._alternatives = {
            member.stems: tuple(other.words for other in group if other is not member)
            for group in groups
            for member in group
        }

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Self:
        """Read `lines`, a group each; a bad one is left out and listed in `bad_lines`, the others are kept."""
        groups: list[list[_Member]] = []
        bad_lines: list[InvalidLine] = []
        places: dict[_Stems, int] = {}
        for number, line in enumerate(lines, 1):
            text = line.partition(_COMMENT)[0].strip()
            if not text:
                continue
            group = [_member(part.strip()) for part in text.split(_SEPARATOR)]
            if complaint := next(_complaints(text, group, places), None):
                bad_lines.append(InvalidLine(number, complaint))
                continue
            groups.append(group)
            places |= {member.stems: number for member in group}
        return cls(groups, bad_lines)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file at `path`; one that cannot be read gives an empty thesaurus that says why in `bad_lines`."""
        if path.exists() and not path.is_file():
            return cls((), [InvalidLine(0, f"« {path} » n'est pas un fichier.")])
        try:
            lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
        except OSError as error:
            return cls((), [InvalidLine(0, f"« {path} » : {system_error_message(error)}")])
        return cls.parse(line.decode("utf-8", errors="surrogateescape") for line in lines)

    @property
    def words(self) -> frozenset[str]:
        """Every folded word of every member, stop words aside."""
        return self._words

    def spans(self, words: Sequence[str]) -> tuple[SynonymSpan, ...]:
        """Return where `words` (folded, stop words aside) name members: from left to right, the longest one first."""
        stems = tuple(map(stem, words))
        found: list[SynonymSpan] = []
        at = 0
        while at < len(stems):
            stop = self._stop(stems, at)
            if stop > at:
                found.append(SynonymSpan(at, stop, self._alternatives[stems[at:stop]]))
            at = max(stop, at + 1)
        return tuple(found)

    def nearest(self, word: str) -> str | None:
        """Return the word of a member that the folded `word` is most likely a slip for, None when none is near."""
        return nearest_word(word, [self._vocabulary], lambda _: 1)

    def _stop(self, stems: _Stems, start: int) -> int:
        """Return where the longest member that begins at `start` ends; `start` when none does."""
        ends = range(min(start + self._longest, len(stems)), start, -1)
        return next((end for end in ends if stems[start:end] in self._alternatives), start)


def _member(written: str) -> _Member:
    words = tuple(token.word for token in tokens(written))
    return _Member(written, words, tuple(stem(word) for word in words if word not in STOP_WORDS))


def _complaints(text: str, group: Sequence[_Member], places: Mapping[_Stems, int]) -> Iterator[str]:
    """Yield what is wrong with a group, in French; `places` are the lines of the members that are already known."""
    if any(_ESCAPED <= char <= _LAST_ESCAPED for char in text):
        yield "la ligne n'est pas en UTF-8."
    if "," in text or ";" in text:
        yield f"les termes se séparent par « {_SEPARATOR} » ; une virgule ou un point-virgule n'y ont pas leur place."
    if len(group) == 1:
        yield f"un groupe demande au moins deux termes, séparés par « {_SEPARATOR} »."
    if len(group) > _MAX_MEMBERS:
        yield f"un groupe a au plus {_MAX_MEMBERS} termes."
    seen: dict[_Stems, str] = {}
    for member in group:
        yield from _complaints_of(member, seen, places)
        seen.setdefault(member.stems, member.written)


def _complaints_of(member: _Member, seen: Mapping[_Stems, str], places: Mapping[_Stems, int]) -> Iterator[str]:
    if not member.written:
        yield f"un terme est vide : il y a un « {_SEPARATOR} » de trop."
    elif not member.stems:
        yield f"« {member.written} » ne contient aucun mot à chercher."
    elif len(member.words) > _MAX_WORDS:
        yield f"« {member.written} » a plus de {_MAX_WORDS} mots."
    elif member.stems in seen:
        yield f"« {member.written} » répète « {seen[member.stems]} » : pour la recherche, ce sont les mêmes mots."
    elif member.stems in places:
        yield f"« {member.written} » est déjà à la ligne {places[member.stems]}."


EMPTY_THESAURUS = Thesaurus.parse(())


def default_path() -> Path:
    """Return the path of the thesaurus that comes with the program."""
    return resource_path("data/thesaurus.txt")
