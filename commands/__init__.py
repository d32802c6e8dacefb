"""The command line, `mentalspace`: the one room that may use all others, since it starts them."""
