"""Stand-ins for operators of the kit that are not to be had as programs here.

They run as Pods in place of the operators' own images, with the rights that upstream's charts give,
and say what they are. `cnpg`: a real PostgreSQL for every Cluster. `crossplane`: kinds and
conditions, no change anywhere.
"""
