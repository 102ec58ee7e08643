"""Prepare the shipped text (data/text/book.txt) out of four public-domain books.

Run: python experiments/transformers_text.py FOLDER, where FOLDER holds alice29.txt, asyoulik.txt and plrabn12.txt (in
`tests/testdata` of Brotli's source distribution) and hamlet.txt (in `scattertext/data` of scattertext's). Both plays
get one layout, "NAME:" and the speech below; spaces, quotes and dashes become plain; rare signs go. A small set of
characters leaves a small network more to spend on words.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from lab_utils.core import data_path

BREAK = "\n%\n"  # stands between two books; no book has this sign
RARE = re.compile(r"[^A-Za-z\n !\"'(),\-.:;?]")
PLAIN = str.maketrans({"`": "'", "[": "(", "]": ")", "\r": "", "\t": " ", "_": "", "*": ""})


def plain(text: str) -> str:
    """Letters, one space at a time, plain punctuation; no blank line twice, none at either end."""
    text = RARE.sub("", text.translate(PLAIN).replace("&c", "etc").replace("& c", "etc"))
    lines = [re.sub(" +", " ", line).strip() for line in text.split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def alice(text: str) -> str:
    """From the first chapter on, without the closing line."""
    return plain(text[text.index("CHAPTER I\n") : text.index("THE END")])


def as_you_like_it(text: str) -> str:
    """A name and a tab begin a speech."""
    text = re.sub(r"^([A-Z][A-Za-z ]+)\t", r"\1:\n", text[text.index("\nACT I\n") :], flags=re.MULTILINE)
    return plain(re.sub(r"^(SCENE [IVX]+):\n", r"\1. ", text, flags=re.MULTILINE))


def hamlet(text: str) -> str:
    """A line of capitals is a name, unless it opens an act; a blank line before each speech, as in the other play."""
    text = text[text.index("\nACT I\n") :]
    return plain(re.sub(r"^(?!ACT )([A-Z][A-Z ]+)$", r"\n\1:", text, flags=re.MULTILINE))


def paradise_lost(text: str) -> str:
    """From the first book on; lines of digits are what the typing machine left."""
    text = text.replace("\r", "")
    text = re.sub(r"^\s*\d+\s*$\n", "", text[text.index("\nBook I ") : text.index("[The End]")], flags=re.MULTILINE)
    return plain(text)


BOOKS = {"alice29.txt": alice, "asyoulik.txt": as_you_like_it, "hamlet.txt": hamlet, "plrabn12.txt": paradise_lost}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    books = [prepare((folder / name).read_text(encoding="latin-1")) for name, prepare in BOOKS.items()]
    path = data_path("text", "book.txt")
    path.write_text(BREAK.join(books) + "\n", encoding="ascii")
    print(f"{path}: {path.stat().st_size:,} characters of {len(set(path.read_text()))} kinds")
