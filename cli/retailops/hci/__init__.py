"""The hci plane: hyperconverged hosts, from their sizing to the faults that they survive."""
