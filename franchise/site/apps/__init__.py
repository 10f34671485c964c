"""A customer's pages of their Apps: which there are, how one is, and what can be done with it."""
