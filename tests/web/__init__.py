"""Tests of the pages and the element, in a real browser."""
