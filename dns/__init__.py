"""Names and zones: the pool-domain-manager.

dnspython's package is called `dns` too, and this app hides it on the path. Looking in both places
lets `import dns.message` and the like find dnspython; so no module of this app may be called as one
of dnspython's. Only `dns/delegation/ask.py` imports dnspython.
"""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
