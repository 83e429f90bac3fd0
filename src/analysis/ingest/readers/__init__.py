"""Readers of chat exports, one module per format: `fits` recognises an export, `read` gives its messages;
`formats` lists them in the order in which they are tried."""
