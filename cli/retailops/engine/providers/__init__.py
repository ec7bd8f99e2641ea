"""What changes the world for the engine, one module a package."""
