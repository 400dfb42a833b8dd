"""The OpenAPI document: parameters, headers, request bodies, examples and deprecations."""
