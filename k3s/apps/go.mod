module retailops.local/apps

go 1.26.0
