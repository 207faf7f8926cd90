"""What goes wrong when it is told to: faults of answers, of streams and of connections."""
