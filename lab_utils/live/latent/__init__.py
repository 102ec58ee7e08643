"""The latent planes of two autoencoders, side by side, their decoders answering in the page."""
