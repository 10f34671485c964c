"""Latin digits with a point, as `language.figures` writes them: see there why.

Django's own table has a comma, which would also get into sizes of drawings and progress bars.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
TIME_FORMAT = "H:i"
