"""What can be wrong with recorded key points; each message is one line with the mend."""


class KeypointsError(ValueError):
    """Recorded key points are not there, damaged, or of another kind."""


def one_line(error: BaseException) -> str:
    """What an exception says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
