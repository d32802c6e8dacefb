"""What people have switched off, as SQL on the row `u` of `users`: each reader of such data asks one of these."""

# Whether the use of the person may be counted.
COUNTED = "COALESCE((u.preferences #>> '{privacy,activityTracking}')::boolean, true)"
# Whether what they log may be analysed, for themselves and, pooled, for all.
ANALYSED = "COALESCE((u.preferences #>> '{privacy,insights}')::boolean, true)"
