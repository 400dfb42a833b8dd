"""The shapes of JSON answers, as Pydantic models for OpenAPI and for the tests that validate answers."""
