"""The page of a published metric: a picture's subcrops against their captions."""
