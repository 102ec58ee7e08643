"""How alike two answers are, whatever their names and comments: winnowed fingerprints (Schleimer et al., 2003).

The answer's tokens, with names, numbers and text made anonymous, are hashed in runs of K; of every W runs in a row the
smallest hash is kept. Two answers share a run of K + W - 1 tokens only if they share a fingerprint.
"""

from __future__ import annotations

import io
import keyword
import tokenize
import zlib
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import combinations

K, W = 8, 4
LONGEST = 8_000  # characters that are looked at: what opens quotes and never closes them takes their square
_SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING, tokenize.ENDMARKER}


def fingerprint(text: str) -> list[int]:
    """Fingerprints of an answer, sorted; of no answer, none."""
    tokens = _anonymous(text[:LONGEST])
    runs = (" ".join(tokens[i : i + K]) for i in range(max(len(tokens) - K + 1, 0)))
    hashes = [zlib.crc32(each.encode(errors="replace")) for each in runs]
    return sorted({min(hashes[i : i + W]) for i in range(max(len(hashes) - W + 1, 0))})


def _anonymous(text: str) -> list[str]:
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in _SKIPPED:
                continue
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                found.append("n")
            elif token.type in (tokenize.NUMBER, tokenize.STRING):
                found.append("v")
            else:
                found.append(token.string.strip() or tokenize.tok_name[token.type])
    except (tokenize.TokenError, SyntaxError, ValueError):
        return found
    return found


def likeness(one: Collection[int], other: Collection[int]) -> float:
    """Shared fingerprints over all of either (Jaccard): 0 to 1; 0 where either has none."""
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def similar_pairs(
    prints: Mapping[str, Mapping[str, Collection[int]]], *, at_least: float = 0.7, fewest: int = 12
) -> list[tuple[float, str, str]]:
    """Pairs of students whose answers share most of their rare fingerprints: (share, one, other), the most alike first.

    A fingerprint that more than a twentieth of the class has (or five students, if that is more) is the exercise's own
    and tells nothing. Only students who share a rare one are compared, so that a class of thousands takes seconds.
    """
    owners: dict[tuple[str, int], list[str]] = {}
    for student, answers in prints.items():
        for exercise, found in answers.items():
            for each in set(found):
                owners.setdefault((exercise, each), []).append(student)
    common = max(5, len(prints) // 20)
    rare = {each: who for each, who in owners.items() if len(who) <= common}
    own = Counter(student for who in rare.values() for student in who)
    shared = Counter(pair for who in rare.values() for pair in combinations(sorted(who), 2))
    alike = [(count / (own[a] + own[b] - count), a, b) for (a, b), count in shared.items() if count >= fewest]
    return sorted((each for each in alike if each[0] >= at_least), key=lambda each: (-each[0], *each[1:]))
