"""The optimizer race: several optimizers side by side on one surface."""
