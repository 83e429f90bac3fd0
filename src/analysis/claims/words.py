"""The verdicts' words in the other language of the book; in English a verdict is its own word."""

VERDICTS = {
    "id": {
        "supported": "didukung", "contradicted": "dibantah", "undecided": "belum dapat dipastikan",
        "described": "digambarkan", "not assessable": "tidak dapat dinilai",
    }
}  # fmt: skip
