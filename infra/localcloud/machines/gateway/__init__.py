"""What fulfils a Sovereign's Gateway where no Cilium runs: traefik, on the machine's address.

`gateway.py` is the interface. It reads the cluster's Gateway API objects and the Secrets they name.
"""
