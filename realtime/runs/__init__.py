"""A run of the program: what a command makes of its options and source, up to what it says last."""
