"""How an Organization is suspended, exported, deleted and brought back."""
