"""The laptop's mail server: takes every mail for anybody, sends none on, and shows them on a page.

A program of its own. Links in mails are secrets: it listens on loopback only, and the folder is for
its owner alone.
"""
