"""Where frames and recorded key points come from."""
