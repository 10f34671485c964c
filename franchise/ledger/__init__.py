"""Double entry, append-only: credit of Organizations, and what franchisor and franchisee owe."""
