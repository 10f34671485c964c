"""Bring your own domain: a customer's live domain comes to our name servers and can go back.

Nothing here may stop mail, make a name bogus, or take a zone away while its parent sends people to
us. One `DomainMove` a domain; a worker does its steps, rows say how far it is.
"""
