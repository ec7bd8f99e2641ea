// The command till is a small till: it sells with every line cut, and its sales reach the centre once.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// version is set by the build.
var version = "dev"

func main() {
	if len(os.Args) < 2 {
		fail("till store|centre [--flags]; till --version")
	}
	switch os.Args[1] {
	case "store":
		runStore(os.Args[2:])
	case "centre":
		runCentre(os.Args[2:])
	case "--version":
		fmt.Println("till", version)
	default:
		fail("till store|centre [--flags]; till --version")
	}
}

func runStore(args []string) {
	flags := flag.NewFlagSet("till store", flag.ExitOnError)
	listen, data := common(flags)
	store := flags.String("store", os.Getenv("TILL_STORE"), "the store's id")
	generation := flags.String("generation", env("TILL_GENERATION", "1"), "the store's generation")
	centre := flags.String("centre", os.Getenv("TILL_CENTRE"), "the centre's URL")
	flags.Parse(args)
	number, err := strconv.Atoi(*generation)
	if err != nil || number < 1 || !idForm.MatchString(*store) {
		fail("--store wants an id, --generation a number from 1")
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	s, err := OpenStore(*data, *store, number)
	if err != nil {
		fail(err.Error())
	}
	f := NewForwarder(s, *centre)
	go f.Run(ctx)
	serve(ctx, *listen, storeHandler(s, f))
}

func runCentre(args []string) {
	flags := flag.NewFlagSet("till centre", flag.ExitOnError)
	listen, data := common(flags)
	flags.Parse(args)
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	c, err := OpenCentre(*data)
	if err != nil {
		fail(err.Error())
	}
	serve(ctx, *listen, centreHandler(c))
}

func common(flags *flag.FlagSet) (listen, data *string) {
	return flags.String("listen", env("TILL_LISTEN", ":8080"), "address and port"), flags.String("data", env("TILL_DATA", "/data"), "folder of the journal")
}

func serve(ctx context.Context, listen string, handler http.Handler) {
	server := &http.Server{Addr: listen, Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		wait, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		server.Shutdown(wait)
	}()
	log.Printf("till %s listens on %s", version, listen)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fail(err.Error())
	}
}

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "till:", message)
	os.Exit(1)
}
