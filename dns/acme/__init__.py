"""The narrow door for certificates: acme-dns compatible, one zone, TXT only."""
