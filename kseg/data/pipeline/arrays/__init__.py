"""The input pipeline in NumPy and cv2: for trainings without TensorFlow."""
