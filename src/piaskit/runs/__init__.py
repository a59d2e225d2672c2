"""Run the notebooks: typed parameters, papermill, working papers, one sealed folder."""
