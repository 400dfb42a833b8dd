"""JSON Merge Patch (RFC 7396): what a document becomes when someone sends only what is to change."""

from typing import Any


def apply_merge_patch(target: Any, patch: Any) -> Any:
    """Return `target` as `patch` changes it, as a new value: null takes a member away, an object is merged in turn."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = apply_merge_patch(merged.get(key), value)
    return merged
