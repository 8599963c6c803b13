"""What leaves the judge's tool: tables, documents, other programs' marks, the score sheet."""
