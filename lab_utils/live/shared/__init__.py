"""What a figure does not keep for itself: networks, optimizers, data and views that any figure may import."""
