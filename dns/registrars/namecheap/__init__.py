"""Namecheap: an XML API that answers 200 to everything, from addresses it was told of."""
