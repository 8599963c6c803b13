"""The simulated athlete: motion in three dimensions, a camera, a renderer, exact truth."""
