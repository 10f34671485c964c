"""Long work that survives anything: leases with fencing, the outbox, the step runner."""
