"""Feedback alignment: networks that learn with fixed random feedback, beside backpropagation."""
