"""From poses to one athlete's centred, scaled body: ring buffer, held joints, who is followed."""
