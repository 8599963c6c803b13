"""What the thesis's networks respond to: their recurrent neurons over time."""
