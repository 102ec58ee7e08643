"""The regularization grid: measured cells of weight decay, dropout and data size to choose from."""
