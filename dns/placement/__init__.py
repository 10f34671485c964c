"""Where a name points when there is more than one place: typed modes in, PowerDNS records out."""
