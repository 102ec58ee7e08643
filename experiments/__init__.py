"""One script for each group of ledger entries that takes longer than a chapter may; `python -m experiments` runs all.

The scripts run on their own too: `python experiments/cnns_fast.py --help`.
"""
