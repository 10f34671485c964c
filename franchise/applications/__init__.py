"""Apps of Organizations: kept in Git, run by Flux, followed until they answer."""
