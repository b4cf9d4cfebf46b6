"""A small invented world to try the registry on; its agencies and names say that it is a demo."""
