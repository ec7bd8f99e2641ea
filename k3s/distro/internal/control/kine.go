package control

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/k3s-io/kine/pkg/drivers/generic"
	"github.com/k3s-io/kine/pkg/endpoint"
)

// RunKine is the `kine` component: an etcd over SQLite (WAL) on a unix socket, until SIGTERM.
func RunKine(socket, database string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	syscall.Umask(0o077)
	os.Remove(socket)
	done := &sync.WaitGroup{}
	// kine refuses zero values, and its own defaults stand only in its command line.
	_, err := endpoint.Listen(ctx, endpoint.Config{
		Listener:             "unix://" + socket,
		Endpoint:             "sqlite://" + database + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=30000&_txlock=immediate",
		WaitGroup:            done,
		NotifyInterval:       5 * time.Second,
		EmulatedETCDVersion:  "3.6.11",
		CompactTimeout:       5 * time.Second,
		CompactMinRetain:     1000,
		CompactBatchSize:     1000,
		PollBatchSize:        500,
		ConnectionPoolConfig: generic.ConnectionPoolConfig{MaxIdle: 20, MaxIdleTime: 2 * time.Minute},
	})
	if err != nil {
		return err
	}
	<-ctx.Done()
	done.Wait()
	return nil
}
