"""The API of the cluster this Sovereign runs in, over HTTP. Knows no rows."""
