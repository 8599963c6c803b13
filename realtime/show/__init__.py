"""What people see: the live dashboard in a terminal, plain lines in a pipe, a picture of both."""
