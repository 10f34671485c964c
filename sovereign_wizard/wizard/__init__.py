"""The wizard: from a first thought to a request, one question at a time. It never provisions."""
