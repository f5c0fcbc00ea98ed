"""What the migrations are made of: a package, so that the loader takes none of it for a migration."""
