"""What can go wrong with the keys of this machine, in words for the person at the keyboard."""


class KeysError(Exception):
    """Keys are missing, damaged or open to others; one line with the mend."""
