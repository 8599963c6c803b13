"""What state the parts of a station are in, and how often what failed is started again."""
