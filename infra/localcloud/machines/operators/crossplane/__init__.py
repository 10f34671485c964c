"""Stand-in for Crossplane: packages are Healthy, the kinds of XRDs and Providers exist.

Nothing is composed and no cloud is changed from here: every claim and composite says so itself.
"""
