"""What goes on every month, and how it is paid for again."""
