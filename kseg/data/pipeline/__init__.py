"""From a data set to batches: ``tf.data``, what is learned, and how often."""
