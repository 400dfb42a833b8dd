"""What the JSON API and the pages share of HTTP: entity tags, addresses, and the threads that searches run in."""
