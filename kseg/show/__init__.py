"""What a person or another program reads: pictures, tables, pages, COCO files."""
