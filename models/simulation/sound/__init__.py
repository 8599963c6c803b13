"""What is heard in a scene: the timing track, the rope, the hall."""
