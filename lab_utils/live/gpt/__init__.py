"""Type a text; the book's own GPT shows where each head looks, and what comes next."""
