"""The API: one route table, handlers with their schemas beside them."""
