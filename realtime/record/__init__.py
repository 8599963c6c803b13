"""The session file and the session document."""
