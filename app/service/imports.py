"""Import files into the store in batched transactions, and report the outcome of each record."""

import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from app.catalogue.action import content_hash, identity_key
from app.catalogue.errors import UnreadableFile
from app.catalogue.record import ImportSource, StoredIdentity
from app.importing.decoding import ProgressCallback
from app.importing.diagnostics import Diagnostic, ParsedRecord, ParseResult, RejectedRecord
from app.importing.files import read_export
from app.service.import_report import ImportNotice, ImportReport
from app.store.repository import NewRecord, Reader, Store, Writer

_BATCH_SIZE = 500  # records in a transaction
_SAME_IDENTITY = (
    "Une fiche du fichier a déjà ce titre et cette structure, avec un autre contenu : "
    "celle-ci est gardée comme une seconde fiche."
)

_CORRECTION_REPLACED = (
    "« {} » a été écrite ou corrigée dans le catalogue depuis son dernier import : "
    "ce que dit le fichier la remplace, son historique garde la correction."
)
_AMBIGUOUS = (
    "Le catalogue a plusieurs fiches de ce titre et de cette structure, dont aucune ne dit la même chose : "
    "celle-ci remplace « {} »."
)


@dataclass(frozen=True, slots=True)
class _IncomingRecord:
    """A parsed record with its identity key and its content hash."""

    item: ParsedRecord
    identity: str
    content_hash: str

    def is_duplicate_of(self, other: tuple[str, str | None]) -> bool:
        """Tell whether `other`, a content hash and an identifier, is this record; two identifiers are two records."""
        other_hash, other_id = other
        return self.content_hash == other_hash and (other_id == self.item.id or None in {other_id, self.item.id})


def import_files(
    store: Store,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    strict: bool = False,
    progress: ProgressCallback | None = None,
) -> ImportReport:
    """Import the valid records of `paths`, and report the invalid ones.

    With `dry_run` nothing is written, and the report is that of a real import. With `strict` nothing is written if
    there is any error or warning: then `refused` is set in the report. `progress` gets the number of bytes read so far,
    of all files together.
    """
    if strict:
        trial = _Import(store, dry_run=True, read_twice=True).run(paths, None)
        if not trial.clean:
            trial.created = trial.updated = 0
            trial.refused = True
            return trial
    return _Import(store, dry_run=dry_run).run(paths, progress)


@dataclass(slots=True)
class _Import:
    """An import of several files into one report.

    `planned` holds what a dry run would have written: content hashes by identity. With `read_twice` the files will be
    read again, which pipes do not allow.
    """

    store: Store
    dry_run: bool
    read_twice: bool = False
    report: ImportReport = field(default_factory=ImportReport)
    planned: dict[str, set[str]] = field(default_factory=dict)

    def run(self, paths: Sequence[Path], progress: ProgressCallback | None) -> ImportReport:
        """Import the files one after another."""
        done = 0
        for path in paths:
            read = 0

            def advance(now: int, before: int = done) -> None:
                nonlocal read
                read = now
                if progress:
                    progress(before + now)

            try:
                if self.read_twice:
                    _reject_pipe(path)
                _FileImport(self, path).run(read_export(path, advance))
            except UnreadableFile as error:
                self.report.unreadable += 1
                reason = str(error).removeprefix(f"{path} : ")
                self.report.errors.add(ImportNotice(str(path), None, None, reason))
            done += read
        return self.report


def _reject_pipe(path: Path) -> None:
    """Raise UnreadableFile for a pipe or a device; the reader reports files that cannot be opened."""
    with suppress(OSError):
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise UnreadableFile("--strict lit deux fois chaque fichier, ce que celui-ci ne permet pas.")


class _FileImport:
    """The import of one file.

    `seen` holds content hash and identifier of the records read so far, by identity; `ids` the identifiers read so far;
    `claimed` the numbers of the stored records that a record of the file has matched.
    """

    def __init__(self, parent: _Import, path: Path) -> None:
        self.parent = parent
        self.report = parent.report
        self.path = path
        self.author = f"import {path.name}"
        self.seen: dict[str, list[tuple[str, str | None]]] = {}
        self.ids: set[str] = set()
        self.claimed: set[int] = set()
        self.planned: list[tuple[str, str]] = []

    def run(self, items: Iterator[ParseResult]) -> None:
        """Import `items` batch by batch, each in one transaction."""
        records = self._read_records(items)
        while batch := list(islice(records, _BATCH_SIZE)):
            if self.parent.dry_run:
                with self.parent.store.read() as reader:
                    self._import_batch(batch, reader, None)
            else:
                with self.parent.store.write() as writer:
                    self._import_batch(batch, writer, writer)
        for identity, hash_ in self.planned:
            self.parent.planned.setdefault(identity, set()).add(hash_)

    def _read_records(self, items: Iterator[ParseResult]) -> Iterator[_IncomingRecord]:
        """Yield the records to import; report warnings, rejected records and duplicates."""
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
            record = _IncomingRecord(item, identity_key(item.action), content_hash(item.action))
            same_identity = self.seen.setdefault(record.identity, [])
            if any(map(record.is_duplicate_of, same_identity)):
                self.report.duplicates += 1
                continue
            if any(record.content_hash != hash_ for hash_, _ in same_identity):
                self._warn(Diagnostic(_SAME_IDENTITY, item.line, "titre"))
            same_identity.append((record.content_hash, item.id))
            record = replace(record, item=self._with_unique_id(item))
            for warning in item.warnings:
                self._warn(warning)
            yield record

    def _with_unique_id(self, item: ParsedRecord) -> ParsedRecord:
        """Return `item`, without its identifier when an earlier record of the file has it."""
        if item.id in self.ids:
            message = f"« {item.id} » est l'identifiant d'une autre fiche du fichier : celle-ci en reçoit un autre."
            self._warn(Diagnostic(message, item.line))
            return replace(item, id=None)
        if item.id:
            self.ids.add(item.id)
        return item

    def _import_batch(self, batch: list[_IncomingRecord], reader: Reader, writer: Writer | None) -> None:
        new: list[NewRecord] = []
        for incoming, match in zip(batch, self._matches(batch, reader), strict=True):
            if match:
                self._update(incoming, match, writer)
            elif writer:
                new.append(NewRecord(incoming.item.action, self._source(incoming), incoming.item.id))
            else:
                self._plan(incoming)
        if writer:
            self.report.created += len(new)
            self.claimed.update(record.number for record in writer.create_many(new, author=self.author))

    def _matches(self, batch: list[_IncomingRecord], reader: Reader) -> list[StoredIdentity | None]:
        """Return the stored record that each incoming record updates, or None.

        The whole batch is matched by identity and content first, then by identity alone.
        """
        by_identity = reader.identities([incoming.identity for incoming in batch])
        by_id = reader.identities_by_id([incoming.item.id for incoming in batch if incoming.item.id])
        candidates = [
            [by_id[incoming.item.id]] if incoming.item.id in by_id else by_identity.get(incoming.identity, [])
            for incoming in batch
        ]
        exact = [
            self._claim(known for known in stored if incoming.content_hash in {known.source_hash, known.content_hash})
            for incoming, stored in zip(batch, candidates, strict=True)
        ]
        return [
            match or self._match_by_identity(incoming, stored)
            for incoming, match, stored in zip(batch, exact, candidates, strict=True)
        ]

    def _match_by_identity(
        self, incoming: _IncomingRecord, candidates: Sequence[StoredIdentity]
    ) -> StoredIdentity | None:
        """Claim the first candidate; warn when there are others, since the choice is then arbitrary."""
        first = self._claim(candidates)
        if first and any(self._unclaimed(candidates)):
            self._warn(Diagnostic(_AMBIGUOUS.format(first.id), incoming.item.line, "titre"))
        return first

    def _claim(self, candidates: Iterable[StoredIdentity]) -> StoredIdentity | None:
        first = next(self._unclaimed(candidates), None)
        if first:
            self.claimed.add(first.number)
        return first

    def _unclaimed(self, candidates: Iterable[StoredIdentity]) -> Iterator[StoredIdentity]:
        return (known for known in candidates if known.number not in self.claimed)

    def _plan(self, incoming: _IncomingRecord) -> None:
        """Count a record without match in a dry run, as if the files before this one had been imported."""
        hashes = self.parent.planned.get(incoming.identity, set())
        if incoming.content_hash in hashes:
            self.report.unchanged += 1
        elif hashes:
            self.report.updated += 1
        else:
            self.report.created += 1
        self.planned.append((incoming.identity, incoming.content_hash))

    def _update(self, incoming: _IncomingRecord, match: StoredIdentity, writer: Writer | None) -> None:
        """Update the stored record `match` if the content is new and the record is not deleted."""
        if match.deleted:
            self.report.unchanged += 1
            message = f"« {match.id} » a été supprimée du catalogue : l'import ne l'y remet pas."
            self._warn(Diagnostic(message, incoming.item.line, "titre"))
        elif incoming.content_hash in {match.source_hash, match.content_hash}:
            self.report.unchanged += 1
            # If only the stored content matches, another source agrees with a correction: keep the first source.
            if writer and incoming.content_hash == match.source_hash:
                writer.update_source(match.number, self._source(incoming))
        else:
            self.report.updated += 1
            if match.content_hash != match.source_hash:
                self._warn(Diagnostic(_CORRECTION_REPLACED.format(match.id), incoming.item.line))
            if writer:
                writer.update(match.number, incoming.item.action, author=self.author, source=self._source(incoming))

    def _source(self, incoming: _IncomingRecord) -> ImportSource:
        return ImportSource(self.path.name, incoming.item.line, incoming.content_hash)

    def _notice(self, diagnostic: Diagnostic) -> ImportNotice:
        return ImportNotice(str(self.path), diagnostic.line, diagnostic.field, diagnostic.message)

    def _warn(self, diagnostic: Diagnostic) -> None:
        self.report.warnings.add(self._notice(diagnostic))
