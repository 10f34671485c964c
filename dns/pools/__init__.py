"""Pool domains and who holds which name: check, reserve, renew, commit, release."""
