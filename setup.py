__import__("setuptools").setup()  # For tools that look for this file; pyproject.toml has it all.
