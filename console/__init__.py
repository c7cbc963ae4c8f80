"""The console: the page in the browser. A face, like `commands`: it reads experiments and analysis, nothing reads it."""
