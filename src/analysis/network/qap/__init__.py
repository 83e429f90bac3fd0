"""Permutation tests for relations between the same members (quadratic assignment procedure).

A dyad of two members is one case, and cases that share a member are not independent; so every test here relabels
members, which keeps that dependence, and does not rest on the standard errors that it also reports.

Sources: Krackhardt 1988 (qap_correlation; null "y"); Dekker, Krackhardt and Snijders 2007 (null "dsp", double
semi-partialling: a covariate's residual given the others is relabelled, and the t or z value is compared, not the
coefficient); null "x" relabels the covariate itself. p-values are (b + 1) / (R + 1) (Phipson and Smyth 2010), values
within 1e-9 of the observed one count as ties, two-sided means by absolute value.
"""

from analysis.network.qap.linear import Mrqap, QapCorrelation, mrqap, qap_correlation
from analysis.network.qap.logistic import LogisticQap, logistic_qap
from analysis.network.qap.model import INTERCEPT, NULLS

__all__ = ["INTERCEPT", "NULLS", "LogisticQap", "Mrqap", "QapCorrelation", "logistic_qap", "mrqap", "qap_correlation"]
