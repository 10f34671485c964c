"""Reserved words: labels nobody may take, why, and since which version of the list."""
