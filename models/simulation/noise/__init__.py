"""Key points as a pose network would give them, from exact ones."""
