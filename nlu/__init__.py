"""Reading: interpreters that turn a message into signals, and the examples that they learn from."""
