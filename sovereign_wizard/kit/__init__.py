"""The choice of components and Apps for a Sovereign: judged at the door."""
