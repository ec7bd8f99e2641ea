from retailops.cli import main

main(prog_name="retailops")
