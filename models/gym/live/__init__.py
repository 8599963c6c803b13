"""The network that says live, frame by frame, whether a backflip or a handspring is under way."""
