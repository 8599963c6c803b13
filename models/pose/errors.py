"""What can be wrong with pose engines; each message is one line with the mend."""


class WeightsError(Exception):
    """Pose weights are missing, damaged or of another network."""


class EngineError(Exception):
    """A pose engine cannot run: a part of it is not installed, or its memory is used up."""
