"""The root of `/api/v1`: authentication, errors (RFC 9457), OpenAPI. Apps add their routers."""
