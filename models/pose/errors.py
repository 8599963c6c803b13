"""What can go wrong with a pose engine, in words for the person at the keyboard."""


class WeightsError(Exception):
    """Pre-trained weights are missing, damaged or of another network; the message has the mend."""
