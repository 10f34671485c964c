"""The kernel: what every app shares. It knows none of them."""
