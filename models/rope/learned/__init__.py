"""A small network that says when a foot takes the weight, as a witness beside the rule."""
