"""The documents of records: what callers choose of them, and that choosing costs no memory."""

import gc
import tracemalloc
from itertools import combinations

from app.exporting.json_documents import record_document, selected_document
from tests.factories import make_record

_MOST_KEPT = 200_000  # bytes; what is chosen below takes ten times as much


def test_what_is_chosen_of_a_record_is_what_its_whole_document_says() -> None:
    record = make_record(1, "Jardin", resume="Un compost")

    assert selected_document(record, frozenset({"resume", "titre"})) == {"titre": "Jardin", "resume": "Un compost"}
    assert selected_document(record, frozenset(record_document(record))) == record_document(record)


def test_choosing_ever_other_keys_of_a_record_that_is_kept_takes_no_more_memory() -> None:
    record = make_record(1, "Jardin")
    choices = list(combinations(record_document(record), 4))
    selected_document(record, frozenset(choices[0]))
    tracemalloc.start()
    try:
        for keys in choices:
            selected_document(record, frozenset(keys))
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < _MOST_KEPT
