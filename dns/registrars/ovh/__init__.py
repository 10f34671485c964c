"""OVHcloud: by its own library, which signs and knows the server's clock; changes are tasks."""
