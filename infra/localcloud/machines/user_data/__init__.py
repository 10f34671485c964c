"""A machine's first boot, executed as its user data is written: real programs over its own disk.

`first_boot.py` is the interface; `namespace.py` makes the place the commands see, `stand_ins.py`
puts programs there for what a process of this computer cannot have, `unit.py` and
`k3s_settings.py` read what the machine's own files say about k3s.

Simplifications: what is still running when the last command has ended ends with it, except k3s;
what joins, joins as `joined_node.py` says.
"""
