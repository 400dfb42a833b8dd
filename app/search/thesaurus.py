"""Thesaurus: groups of synonyms, read from a file that an operator edits."""

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
_MAX_WORDS = 12  # of a member, stop words included; the length limit of a typed phrase
_MAX_MEMBERS = 12  # of a group; limits the phrases that one word is expanded to
_MIN_CORRECTION_LENGTH = 5  # letters; short words such as `caf` are near too many others

_FIRST_SURROGATE, _LAST_SURROGATE = "\udc80", "\udcff"  # stand for bytes that are not UTF-8 (surrogateescape)

_Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A rejected line (from 1; 0 is the whole file) and the reason in French."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class SynonymSpan:
    """The words `start` to `stop` (exclusive) of a query, which name a member, and the other members of its group.

    An alternative is a phrase of folded words, stop words included.
    """

    start: int
    stop: int
    alternatives: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Member:
    """A term of a group: as written, its folded words, and its stems without stop words, which identify it."""

    written: str
    words: tuple[str, ...]
    stems: _Stems


class Thesaurus:
    """Groups of synonyms, and the rejected lines of the file."""

    def __init__(self, groups: Sequence[Sequence[_Member]], invalid_lines: Sequence[InvalidLine]) -> None:
        members = [member for group in groups for member in group]
        self.invalid_lines = tuple(invalid_lines)
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
        """Parse `lines`, one group each; invalid ones are left out and listed in `invalid_lines`."""
        groups: list[list[_Member]] = []
        invalid_lines: list[InvalidLine] = []
        line_by_stems: dict[_Stems, int] = {}
        for number, line in enumerate(lines, 1):
            text = line.partition(_COMMENT)[0].strip()
            if not text:
                continue
            group = [_member(part.strip()) for part in text.split(_SEPARATOR)]
            if error := next(_group_errors(text, group, line_by_stems), None):
                invalid_lines.append(InvalidLine(number, error))
                continue
            groups.append(group)
            line_by_stems |= {member.stems: number for member in group}
        return cls(groups, invalid_lines)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file at `path`; a read error gives an empty thesaurus with the reason in `invalid_lines`."""
        if path.exists() and not path.is_file():
            return cls((), [InvalidLine(0, f"« {path} » n'est pas un fichier.")])
        try:
            lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
        except OSError as error:
            return cls((), [InvalidLine(0, f"« {path} » : {system_error_message(error)}")])
        return cls.parse(line.decode("utf-8", errors="surrogateescape") for line in lines)

    @property
    def words(self) -> frozenset[str]:
        """The folded words of all members, without stop words."""
        return self._words

    def spans(self, words: Sequence[str]) -> tuple[SynonymSpan, ...]:
        """Return the spans of `words` (folded, without stop words) that name members: leftmost first, then longest."""
        stems = tuple(map(stem, words))
        spans: list[SynonymSpan] = []
        start = 0
        while start < len(stems):
            stop = self._longest_member_stop(stems, start)
            if stop > start:
                spans.append(SynonymSpan(start, stop, self._alternatives[stems[start:stop]]))
            start = max(stop, start + 1)
        return tuple(spans)

    def nearest(self, word: str) -> str | None:
        """Return the word of a member nearest to the folded `word`, None when none is near enough."""
        return nearest_word(word, [self._vocabulary], lambda _: 1)

    def _longest_member_stop(self, stems: _Stems, start: int) -> int:
        """Return the end of the longest member that begins at `start`; `start` without one."""
        stops = range(min(start + self._longest, len(stems)), start, -1)
        return next((stop for stop in stops if stems[start:stop] in self._alternatives), start)


def _member(written: str) -> _Member:
    words = tuple(token.word for token in tokens(written))
    return _Member(written, words, tuple(stem(word) for word in words if word not in STOP_WORDS))


def _group_errors(text: str, group: Sequence[_Member], line_by_stems: Mapping[_Stems, int]) -> Iterator[str]:
    """Yield the errors of a group in French; `line_by_stems` has the line of each member of earlier groups."""
    if any(_FIRST_SURROGATE <= char <= _LAST_SURROGATE for char in text):
        yield "la ligne n'est pas en UTF-8."
    if "," in text or ";" in text:
        yield f"les termes se séparent par « {_SEPARATOR} » ; une virgule ou un point-virgule n'y ont pas leur place."
    if len(group) == 1:
        yield f"un groupe demande au moins deux termes, séparés par « {_SEPARATOR} »."
    if len(group) > _MAX_MEMBERS:
        yield f"un groupe a au plus {_MAX_MEMBERS} termes."
    seen: dict[_Stems, str] = {}
    for member in group:
        yield from _member_errors(member, seen, line_by_stems)
        seen.setdefault(member.stems, member.written)


def _member_errors(member: _Member, seen: Mapping[_Stems, str], line_by_stems: Mapping[_Stems, int]) -> Iterator[str]:
    if not member.written:
        yield f"un terme est vide : il y a un « {_SEPARATOR} » de trop."
    elif not member.stems:
        yield f"« {member.written} » ne contient aucun mot à chercher."
    elif len(member.words) > _MAX_WORDS:
        yield f"« {member.written} » a plus de {_MAX_WORDS} mots."
    elif member.stems in seen:
        yield f"« {member.written} » répète « {seen[member.stems]} » : pour la recherche, ce sont les mêmes mots."
    elif member.stems in line_by_stems:
        yield f"« {member.written} » est déjà à la ligne {line_by_stems[member.stems]}."


EMPTY_THESAURUS = Thesaurus.parse(())


def default_path() -> Path:
    """Return the path of the thesaurus that comes with the program."""
    return resource_path("data/thesaurus.txt")
