"""The HTTP face: what a session offers as plain requests, and the OpenAPI document of it."""
