"""What commands write to a terminal."""


def printable(text: str) -> str:
    """Return `text`, which may come from anybody, without what a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)
