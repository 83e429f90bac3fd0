"""The ledger: each claim with its number, test, verdict and robustness."""
