"""Reads exports: bytes to lines, lines to actions, each refusal with its line and field."""
