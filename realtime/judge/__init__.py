"""The judge's tool: what was seen and heard, turned into a result by the rules."""
