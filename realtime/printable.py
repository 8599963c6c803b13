"""Text that came from elsewhere, made fit for the screen, the log and the session file."""

from __future__ import annotations

LONGEST = 200


def printable(text: str, longest: int = LONGEST) -> str:
    """One line of at most `longest` characters: whatever is not printed (control characters, those
    that turn the direction of writing, line ends) is a question mark."""
    cut = text if len(text) <= longest else f"{text[: longest - 3]}..."
    return "".join(c if c.isprintable() else "?" for c in cut)


def one_line(error: object) -> str:
    """What an exception, or whatever was said of it, says on one line."""
    return " ".join(str(error).split())
