"""What lies in <workdir>/<number>/: one module per kind of file."""
