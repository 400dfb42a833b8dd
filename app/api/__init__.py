"""The JSON API: parameters in, one call of the service, documents out."""
