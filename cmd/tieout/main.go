package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // business dates are cut in zones that a small container does not have
)

// version is set by the build; a plain `go build` leaves it as it is.
var version = "0.1.0-dev"

func main() { os.Exit(run()) }

// run carries out one command line; a signal stops it in good order, a second
// one at once.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	return execute(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
}
