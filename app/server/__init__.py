"""The HTTP protocol of the server: limits for each connection, below the ASGI application."""
