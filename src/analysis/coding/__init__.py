"""Human judgement as data: codebook, coders' agreement, codes carried to all messages with a measured error."""
