"""How a call becomes bytes and bytes become an answer. Nothing in here is public by itself."""
