"""What the scripts of export/ do: from images, or a run, to bundles and a table."""
