"""How OpenTofu is started, stopped and read. Knows argv, environment and streams; never a model.

Only OpenTofu changes the cloud, and only this room starts OpenTofu.
"""
