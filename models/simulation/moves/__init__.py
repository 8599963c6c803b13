"""What an athlete can do: each move makes an element of motion with its truth."""
