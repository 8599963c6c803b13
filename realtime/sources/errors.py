"""What can go wrong with a source, in words for the person at the keyboard."""


class SourceError(Exception):
    """A source is missing, damaged or of another kind; one line with what was expected."""
