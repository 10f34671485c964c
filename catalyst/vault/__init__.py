"""Where secrets rest. Models hold references; only workers fetch, at the moment of use."""
