"""Backflip or back handspring: data, preparation, networks."""
