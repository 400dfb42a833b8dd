"""Output to a terminal."""


def printable(text: str) -> str:
    """Return untrusted `text` with unprintable characters, such as escape sequences, replaced by spaces."""
    return "".join(char if char.isprintable() else " " for char in text)
