"""Cloudflare: delegates a name below a zone it hosts; never lets go of a whole domain."""
