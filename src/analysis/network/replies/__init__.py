"""Who answers whom: reply links with probabilities."""

from analysis.network.replies.infer import infer_replies

__all__ = ["infer_replies"]
