"""What was bought, and how it is paid: by credit, by card, or by both."""
