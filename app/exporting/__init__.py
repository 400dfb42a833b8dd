"""Writes records in the formats that other tools take."""
