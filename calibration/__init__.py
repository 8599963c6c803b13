"""The station: the zone an athlete stands in, and later cameras, scale, floor and timing."""
