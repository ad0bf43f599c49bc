package gatewayworker

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// Run serves the worker until it has left: by SIGTERM or SIGINT, by the end of the context, or by [Worker.Stop]. A second
// signal cuts it short. It returns nil when it has left, and an error where it was refused for good.
func (w *Worker) Run(ctx context.Context) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	over := make(chan struct{})
	defer close(over)
	defer signal.Stop(signals)
	go func() {
		for {
			select {
			case <-signals:
				w.log().Info("leaving")
				w.Stop()
			case <-over:
				return
			}
		}
	}()
	return w.Serve(ctx)
}

// Serve attaches to the daemon, and again whenever the stream ends, until [Worker.Stop], or until the context ends, which
// is the same. It returns an [*Error] where trying again is of no use: the daemon refuses the hello or the token.
func (w *Worker) Serve(ctx context.Context) error {
	if err := w.prepare(); err != nil {
		return err
	}
	limit := int(min(w.MaxMessageBytes, 1<<30))
	conn, err := dial(w.address(), w.TLS, w.Token, limit, w.DialOptions)
	if err != nil {
		return err
	}
	defer conn.Close()
	w.client.Store(NewClientOn(conn, w.CallTimeout))

	// The end of ctx is a wish to leave, and nothing that handlers should fail of.
	handlers, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		select {
		case <-w.cut:
			cancel()
		case <-handlers.Done():
		}
	}()
	defer context.AfterFunc(ctx, w.endOfContext)()

	if err := w.attachAgainAndAgain(handlers, conn); err != nil {
		return err
	}
	finishing, stop := context.WithTimeout(handlers, orDefault(w.StopTimeout, DefaultStopTimeout))
	defer stop()
	if w.dispatcher.finish(finishing) != nil {
		w.log().Warn("handlers still run; their contexts end")
	}
	w.log().Info("left")
	return nil
}

// Stop leaves: what has come is worked on and acknowledged, then Serve and Run return. Called again: at once.
func (w *Worker) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stops++
	if w.stops > 1 {
		w.makeChannels()
		w.cutShort()
	} else {
		w.leave()
	}
}

// endOfContext leaves too. Where a signal stops the worker and ends its context, it has not come twice.
func (w *Worker) endOfContext() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leave()
}

// leave begins to; mu is held.
func (w *Worker) leave() {
	if w.stopping {
		return
	}
	w.makeChannels()
	w.stopping = true
	close(w.stopped)
	attachment := w.attachment.Load()
	if attachment == nil {
		return
	}
	if !w.welcomed {
		w.cutShort()
		return
	}
	mode := pb.LeaveMode_LEAVE_MODE_CLOSE_LINKS
	if w.KeepLinks {
		mode = pb.LeaveMode_LEAVE_MODE_KEEP_LINKS
	}
	attachment.leave(mode)
	time.AfterFunc(orDefault(w.StopTimeout, DefaultStopTimeout), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.attachment.Load() == attachment {
			w.log().Warn("leaving took too long; the stream is cut")
			w.cutShort()
		}
	})
}

// cutShort ends the stream and the contexts of handlers; mu is held.
func (w *Worker) cutShort() {
	if attachment := w.attachment.Load(); attachment != nil {
		attachment.cancel()
	}
	select {
	case <-w.cut:
	default:
		close(w.cut)
	}
}

// ---- Within

func (w *Worker) prepare() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.served {
		return errors.New("gatewayworker: a Worker is served once")
	}
	w.served = true
	w.makeChannels()
	w.syncs = make(map[uint64]chan []GatewayFailure)
	w.dispatcher = newDispatcher(w.handle, w.flush, orDefault(w.Concurrency, DefaultConcurrency))
	return nil
}

// makeChannels makes what Stop needs, which may come before Serve; mu is held.
func (w *Worker) makeChannels() {
	if w.cut == nil {
		w.cut, w.stopped = make(chan struct{}), make(chan struct{})
	}
}

func (w *Worker) attachAgainAndAgain(handlers context.Context, conn *grpc.ClientConn) error {
	pauses := newPauses(orDefault(w.ShortestPause, DefaultShortestPause), orDefault(w.LongestPause, DefaultLongestPause))
	api := pb.NewWorkerServiceClient(conn)
	for {
		welcomed, err := w.attach(handlers, api)
		if w.isStopping() {
			return nil
		}
		if final(err) {
			w.log().Error("refused", "error", err)
			return err
		}
		if err == nil {
			err = errors.New("the stream ended")
		}
		if welcomed {
			pauses.reset()
		}
		pause := pauses.next()
		w.log().Warn("attaching again", "error", err, "pause", pause)
		select {
		case <-w.stopped:
			return nil
		case <-time.After(pause):
		}
	}
}

// final says that trying again does not heal it: a wrong hello, a daemon that takes no workers, a token that it does not
// know.
func final(err error) bool {
	known := (*Error)(nil)
	if !errors.As(err, &known) {
		return false
	}
	switch known.Code {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.Unimplemented, codes.Unauthenticated,
		codes.PermissionDenied:
		return true
	}
	return false
}

// attach is one attachment, from the call to the end of its stream.
func (w *Worker) attach(handlers context.Context, api pb.WorkerServiceClient) (welcomed bool, err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(handlers))
	defer cancel()
	attachment := newAttachment(cancel)
	attachment.parent, attachment.dispatcher, attachment.ackOnSend = handlers, w.dispatcher, w.AckOnSend
	attachment.onWelcome, attachment.onOther = w.welcome, w.told

	w.mu.Lock()
	if w.stopping {
		w.mu.Unlock()
		return false, nil
	}
	w.welcomed = false
	w.attachment.Store(attachment)
	w.mu.Unlock()
	err = attachment.run(ctx, api, w.hello())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attachment.Store(nil)
	return w.welcomed, err
}

func (w *Worker) isStopping() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopping
}

func (w *Worker) name() string {
	if w.Name != "" {
		return w.Name
	}
	return filepath.Base(os.Args[0])
}

func (w *Worker) address() string { return addressOf(w.Address) }

func (w *Worker) log() *slog.Logger {
	logger := w.Logger
	if logger == nil {
		logger = slog.Default()
	}
	return logger.With("worker", w.name(), "address", w.address())
}

func orDefault[T int | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
