"""Acts that one person alone may not do: a second one looks at exactly what is asked and agrees.

Source: OWASP ASVS 5.0, 2.3.5. The second person's word does nothing by itself: whoever asked does
the act again, once, within `KEPT`, and only if it is still the same. So nothing secret waits here.
"""
