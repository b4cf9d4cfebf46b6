"""The store: SQLAlchemy Core; rows in, frozen domain objects out. The only user of SQLAlchemy."""
