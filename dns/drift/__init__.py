"""What the name servers say that no row wants: seen, reported, and put right with a safety stop."""
