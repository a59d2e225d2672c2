"""The slow and the heavy checks of what piaskit promises: one function a row."""
