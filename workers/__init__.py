"""Workers: thin handlers of declared jobs, and the schedule."""
