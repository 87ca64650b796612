"""The Python half of the JupyterLab extension."""
