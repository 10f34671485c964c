"""What the browser sees of a Deployment."""
