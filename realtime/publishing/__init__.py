"""What a station says to others on the network, and how a viewer hears it."""
