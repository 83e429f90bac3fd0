"""Calibration: how often the study errs, measured on simulated communities whose truth is known.

It runs the steps' functions. No step imports it, just as no step imports the simulation.
"""
