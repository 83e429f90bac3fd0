"""Calibration: how often the study errs, measured on simulated communities whose truth is known.

It runs the steps' functions; no step imports it, as none imports the simulation.
"""
