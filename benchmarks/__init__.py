"""Measures, never tests: each prints ratios of figures taken in one run, since machines differ and are noisy."""
