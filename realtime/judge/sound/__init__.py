"""The timing track: played, or its official beeps heard."""
