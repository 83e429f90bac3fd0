"""Calibration: how often the study errs, measured on simulated communities whose truth is known.

Apart from the steps, as the simulation is: it runs their functions, and no step imports it.
"""
