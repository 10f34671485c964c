"""What stands for k3s on a machine: etcd and the real Kubernetes control plane, on its address.

`plane.py` is the interface. It runs no Pod: that is the kubelet's business.
"""
