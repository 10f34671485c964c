"""Template tags of the franchise."""
