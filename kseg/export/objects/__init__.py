"""Export of networks that find objects."""
