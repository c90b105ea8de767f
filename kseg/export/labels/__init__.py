"""Export of networks that give a label map."""
