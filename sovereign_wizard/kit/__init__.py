"""The components a Sovereign may have: which there are, what each needs, which are always there."""
