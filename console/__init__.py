"""The console: the page in the browser. A face, like `commands`: it reads all others, and nothing reads it."""
