"""The playground: a small network that trains in the page, seen layer by layer."""
