"""Draw and classify: a pad, the network's answer, and every map on the way to it."""
