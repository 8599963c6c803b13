"""Recognisers: causal, deterministic functions of one athlete's body, one file each."""
