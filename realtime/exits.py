"""Exit codes: a contract with scripts."""

DONE = 0
FAILED = 1
BAD_INPUT = 2
"""Usage or bad input; one line on standard error says which."""
