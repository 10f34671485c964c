"""Stand-in for CloudNativePG: one PostgreSQL server as a Pod with a volume for every Cluster.

Secret, Services, bootstrap and status are CloudNativePG's (1.29); there are no replicas, backups,
poolers and no TLS.
"""
