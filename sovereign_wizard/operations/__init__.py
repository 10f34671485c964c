"""What operators see of all Sovereigns at once. It reads and never changes anything."""
