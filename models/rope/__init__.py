"""Rope jumping: the rules, and what is learned about it."""
