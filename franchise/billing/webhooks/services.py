"""`receive()` takes one delivery of Stripe's; `work()` looks again at what had to wait."""
