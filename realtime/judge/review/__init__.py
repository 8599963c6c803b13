"""The review: marks are looked at beside the picture, and corrected by appending to the session."""
