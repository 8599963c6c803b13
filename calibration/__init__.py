"""What is measured of a camera, its place and an athlete, and the zone in which he counts."""
