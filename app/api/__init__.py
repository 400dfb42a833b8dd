"""The JSON API: endpoints, request bodies, documents; schemas and OpenAPI in packages of their own."""
