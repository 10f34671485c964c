"""What a cluster needs besides its control plane and kubelets, and how ours speak to its API.

`api.py` and `mirror.py` are for everybody; `services.py`, `names.py` and `claims.py` stand for
kube-proxy, CoreDNS and the local-path provisioner, one process a cluster (`__main__.py`).
"""
