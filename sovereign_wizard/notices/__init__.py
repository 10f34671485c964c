"""Tells the owner of a Deployment by mail when it waits for them, failed, or is ready."""
