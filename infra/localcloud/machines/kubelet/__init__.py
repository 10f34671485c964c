"""A kubelet that runs Pods as processes of this computer instead of containers.

A container is a program in name spaces of its own (mount, pid; net and uts shared by its Pod) over
this computer's file system, with the Pod's volumes at their real paths. Images it can start are
listed in `images.toml`; any other is reported Running without a process and marked as such.
`kubelet.py` puts it together; `pod.py` is the life of one Pod.
"""
