"""What the migrations are made of. A package: the loader takes modules beside it for migrations."""
