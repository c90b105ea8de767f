"""What the readers of `kseg.data.formats` share: listings, texts, masks, outlines."""
