"""What a trained model is worth: tasks and sets of images scored, one row each."""
