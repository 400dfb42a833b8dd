"""The OpenAPI document: its parameters, headers, request bodies, examples and deprecations."""
