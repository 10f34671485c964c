"""The Definition of Done: thirteen steps from a log-in to a customer's App, in a browser."""
