"""Programs that are put on hosts and run there by others; each stands alone, with Python and Debian's packages only."""
