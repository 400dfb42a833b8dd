"""Pydantic models of the JSON documents, for OpenAPI and for the tests that validate responses.

The names of the classes are component names of the OpenAPI document, hence part of the API: some equal the names of
classes elsewhere in `app`. Their docstrings are descriptions in that document, hence in French.
"""
