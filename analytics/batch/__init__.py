"""The analysts' batch: what many people's diaries say together, about nobody in particular.

Two steps. `compute_shard` reads the people of one shard and makes features of each, under a pseudonym; shards know nothing of each other and may
be computed anywhere, in any order, again. `conclude` puts them together into tables, a dictionary of their columns, and one report to read. The
same rows in the database, window and secret give the same bytes, into however many shards the people were divided.
"""

from analytics.batch.conclusion import conclude
from analytics.batch.shards import compute_shard

__all__ = ["compute_shard", "conclude"]
