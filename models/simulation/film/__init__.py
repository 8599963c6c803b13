"""From points in space to pictures: camera, people's outer shape, drawing, sensor, frame times."""
