"""What is left, what is handed over, and the receipts. Only OpenTofu changes the cloud here too."""
