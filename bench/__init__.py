"""Measurements in ratios: each figure is taken against a floor or a peer, in one run.

python -m bench              # all, as tables
python -m bench overhead --json results.json
"""
