"""In which language a page speaks, how it writes figures, and where the words are kept."""
