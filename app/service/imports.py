"""Imports exports into the store: one stream of batched transactions, and a report of what became of each record."""

import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from app.catalogue.action import content_hash, identity_key
from app.catalogue.errors import UnreadableFile
from app.catalogue.record import ImportSource, StoredIdentity
from app.importing.diagnostics import Diagnostic, ParsedRecord, ParseResult, RejectedRecord
from app.importing.files import read_export
from app.service.import_report import ImportNotice, ImportReport
from app.store.repository import NewRecord, Reader, Store, Writer

_BATCH = 500  # records a transaction
_TWIN = (
    "Une fiche du fichier a déjà ce titre et cette structure, avec un autre contenu : "
    "celle-ci est gardée comme une seconde fiche."
)

_OVERWRITTEN = (
    "« {} » a été écrite ou corrigée dans le catalogue depuis son dernier import : "
    "ce que dit le fichier la remplace, son historique garde la correction."
)
_GUESSED = (
    "Le catalogue a plusieurs fiches de ce titre et de cette structure, dont aucune ne dit la même chose : "
    "celle-ci remplace « {} »."
)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _IncomingRecord:
    """A record as it arrives: what was read, which action it is, and the hash of what it says."""

    item: ParsedRecord
    who: str
    what: str

    def is_duplicate_of(self, said: tuple[str, str | None]) -> bool:
        """Tell whether this is the record that said that, under that identifier: two identifiers are two records."""
        what, id_ = said
        return self.what == what and (id_ == self.item.id or None in {id_, self.item.id})


def import_files(
    store: Store,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the records of `paths`; what cannot be read is reported, and the rest is kept.

    With `dry_run` nothing is written, and the report says what would be. With `strict` nothing is written either as
    soon as there is a single error or warning: the report says so by `refused`. `progress` is called with the number
    of bytes read so far, over all files.
    """
    if strict:
        trial = _Import(store, dry_run=True, twice=True).run(paths, None)
        if not trial.clean:
            trial.created = trial.updated = 0
            trial.refused = True
            return trial
    return _Import(store, dry_run=dry_run).run(paths, progress)


@dataclass(slots=True)
class _Import:
    """An import of several files into one report; a dry run remembers what it would have written.

    `twice` says that the files will be read again.
    """

    store: Store
    dry_run: bool
    twice: bool = False
    report: ImportReport = field(default_factory=ImportReport)
    planned: dict[str, set[str]] = field(default_factory=dict)

    def run(self, paths: Sequence[Path], progress: Progress | None) -> ImportReport:
        """Import `paths` one after another."""
        done = 0
        for path in paths:
            read = 0

            def advance(now: int, before: int = done) -> None:
                nonlocal read
                read = now
                if progress:
                    progress(before + now)

            try:
                if self.twice:
                    _must_be_readable_twice(path)
                _FileImport(self, path).run(read_export(path, advance))
            except UnreadableFile as error:
                self.report.unreadable += 1
                reason = str(error).removeprefix(f"{path} : ")
                self.report.errors.add(ImportNotice(str(path), None, None, reason))
            done += read
        return self.report


def _must_be_readable_twice(path: Path) -> None:
    """Refuse pipes and the like; what cannot be read at all is for the reader to say."""
    with suppress(OSError):
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise UnreadableFile("--strict lit deux fois chaque fichier, ce que celui-ci ne permet pas.")


class _FileImport:
    """The import of one file: what it has seen of the file so far, and which records it has claimed."""

    def __init__(self, whole: _Import, path: Path) -> None:
        self.whole = whole
        self.report = whole.report
        self.path = path
        self.author = f"import {path.name}"
        self.seen: dict[str, list[tuple[str, str | None]]] = {}
        self.ids: set[str] = set()
        self.claimed: set[int] = set()
        self.planned: list[tuple[str, str]] = []

    def run(self, items: Iterator[ParseResult]) -> None:
        """Take in `items` batch by batch; each batch is one transaction."""
        arrivals = self._arrivals(items)
        while batch := list(islice(arrivals, _BATCH)):
            if self.whole.dry_run:
                with self.whole.store.read() as reader:
                    self._take(batch, reader, None)
            else:
                with self.whole.store.write() as writer:
                    self._take(batch, writer, writer)
        for who, what in self.planned:
            self.whole.planned.setdefault(who, set()).add(what)

    def _arrivals(self, items: Iterator[ParseResult]) -> Iterator[_IncomingRecord]:
        """Yield each new record of the file, and report all else."""
        for item in items:
            if isinstance(item, Diagnostic):
                self._warn(item)
                continue
            self.report.read += 1
            if isinstance(item, RejectedRecord):
                self.report.rejected += 1
                for error in item.errors:
                    self.report.errors.add(self._notice(error))
                continue
            arrival = _IncomingRecord(item, identity_key(item.action), content_hash(item.action))
            twins = self.seen.setdefault(arrival.who, [])
            if any(map(arrival.is_duplicate_of, twins)):
                self.report.duplicates += 1
                continue
            if any(arrival.what != what for what, _ in twins):
                self._warn(Diagnostic(_TWIN, item.line, "titre"))
            twins.append((arrival.what, item.id))
            arrival = replace(arrival, item=self._with_own_id(item))
            for warning in item.warnings:
                self._warn(warning)
            yield arrival

    def _with_own_id(self, item: ParsedRecord) -> ParsedRecord:
        """Return `item` without the identifier that another record of the file came with."""
        if item.id in self.ids:
            message = f"« {item.id} » est l'identifiant d'une autre fiche du fichier : celle-ci en reçoit un autre."
            self._warn(Diagnostic(message, item.line))
            return replace(item, id=None)
        if item.id:
            self.ids.add(item.id)
        return item

    def _take(self, batch: list[_IncomingRecord], reader: Reader, writer: Writer | None) -> None:
        new: list[NewRecord] = []
        for arrival, match in zip(batch, self._matches(batch, reader), strict=True):
            if match:
                self._renew(arrival, match, writer)
            elif writer:
                new.append(NewRecord(arrival.item.action, self._source(arrival), arrival.item.id))
            else:
                self._plan(arrival)
        if writer:
            self.report.created += len(new)
            self.claimed.update(record.number for record in writer.create_many(new, author=self.author))

    def _matches(self, batch: list[_IncomingRecord], reader: Reader) -> list[StoredIdentity | None]:
        """Return the stored record that each arrival is: those of the same content first, then any of its identity."""
        by_identity = reader.identities([arrival.who for arrival in batch])
        by_id = reader.identities_by_id([arrival.item.id for arrival in batch if arrival.item.id])
        candidates = [
            [by_id[arrival.item.id]] if arrival.item.id in by_id else by_identity.get(arrival.who, [])
            for arrival in batch
        ]
        exact = [
            self._claim(known for known in some if arrival.what in {known.source_hash, known.content_hash})
            for arrival, some in zip(batch, candidates, strict=True)
        ]
        return [
            found or self._guess(arrival, some) for arrival, found, some in zip(batch, exact, candidates, strict=True)
        ]

    def _guess(self, arrival: _IncomingRecord, candidates: Sequence[StoredIdentity]) -> StoredIdentity | None:
        """Return the record of its identity that an arrival of other content renews, saying so if there are several."""
        first = self._claim(candidates)
        if first and any(self._free(candidates)):
            self._warn(Diagnostic(_GUESSED.format(first.id), arrival.item.line, "titre"))
        return first

    def _claim(self, candidates: Iterable[StoredIdentity]) -> StoredIdentity | None:
        first = next(self._free(candidates), None)
        if first:
            self.claimed.add(first.number)
        return first

    def _free(self, candidates: Iterable[StoredIdentity]) -> Iterator[StoredIdentity]:
        return (known for known in candidates if known.number not in self.claimed)

    def _plan(self, arrival: _IncomingRecord) -> None:
        """Count what would become of a record that the store does not hold, were the files before this one written."""
        before = self.whole.planned.get(arrival.who, set())
        if arrival.what in before:
            self.report.unchanged += 1
        elif before:
            self.report.updated += 1
        else:
            self.report.created += 1
        self.planned.append((arrival.who, arrival.what))

    def _renew(self, arrival: _IncomingRecord, match: StoredIdentity, writer: Writer | None) -> None:
        """Bring the stored record `match` up to what arrives, where that is new and nobody has deleted the record."""
        if match.deleted:
            self.report.unchanged += 1
            message = f"« {match.id} » a été supprimée du catalogue : l'import ne l'y remet pas."
            self._warn(Diagnostic(message, arrival.item.line, "titre"))
        elif arrival.what in {match.source_hash, match.content_hash}:
            self.report.unchanged += 1
            # A correction that another source agrees with is still a correction of the first one.
            if writer and arrival.what == match.source_hash:
                writer.update_source(match.number, self._source(arrival))
        else:
            self.report.updated += 1
            if match.content_hash != match.source_hash:
                self._warn(Diagnostic(_OVERWRITTEN.format(match.id), arrival.item.line))
            if writer:
                writer.update(match.number, arrival.item.action, author=self.author, source=self._source(arrival))

    def _source(self, arrival: _IncomingRecord) -> ImportSource:
        return ImportSource(self.path.name, arrival.item.line, arrival.what)

    def _notice(self, finding: Diagnostic) -> ImportNotice:
        return ImportNotice(str(self.path), finding.line, finding.field, finding.message)

    def _warn(self, finding: Diagnostic) -> None:
        self.report.warnings.add(self._notice(finding))
