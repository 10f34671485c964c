"""Mails to customers: promised in the transaction that they tell of, sent by a worker."""
