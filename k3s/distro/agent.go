package main

import "errors"

func agent(args []string) error { return errors.New("not yet") }
