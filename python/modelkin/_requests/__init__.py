"""The requests: what the program's commands do, with its options as keyword arguments."""
