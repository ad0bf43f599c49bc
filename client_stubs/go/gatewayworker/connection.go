package gatewayworker

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// DefaultAddress is where a daemon listens unless it was told otherwise.
const DefaultAddress = "127.0.0.1:50051"

// AddressVariable names the environment variable with the daemon's address, for programs that give none.
const AddressVariable = "GATEWAYD_ADDRESS"

const (
	// defaultMaxMessageBytes is what gRPC takes in one message unless it is told otherwise.
	defaultMaxMessageBytes = 4 << 20
	// Flow control windows that are fixed spare gRPC its bandwidth probes, which cost a ping for every few messages.
	streamWindowBytes     = 8 << 20
	connectionWindowBytes = 16 << 20
)

// A TokenSource gives the bearer token that is valid now. It is asked for each call and each Attach, by any number of
// goroutines; an error of it that is no gRPC status counts as UNAVAILABLE.
type TokenSource func(ctx context.Context) (string, error)

// StaticToken is the source of one token that stays the same.
func StaticToken(token string) TokenSource {
	return func(context.Context) (string, error) { return token, nil }
}

// bearer is a TokenSource as the credentials of calls.
type bearer TokenSource

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (source bearer) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := source(ctx)
	if err != nil {
		if _, ok := status.FromError(err); ok {
			return nil, err
		}
		return nil, status.Error(codes.Unavailable, fmt.Sprintf("there is no token: %v", err))
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

// RequireTransportSecurity is false: a token may go to a daemon on a unix socket or on loopback.
func (bearer) RequireTransportSecurity() bool { return false }

// addressOf is the address given, else that of the environment, else the default.
func addressOf(address string) string {
	if address != "" {
		return address
	}
	if address := os.Getenv(AddressVariable); address != "" {
		return address
	}
	return DefaultAddress
}

// dial makes a connection that tries again soon when the daemon was away. It connects with its first call.
func dial(address string, tlsConfig *tls.Config, token TokenSource, maxMessageBytes int,
	more []grpc.DialOption) (*grpc.ClientConn, error) {
	transport := insecure.NewCredentials()
	if tlsConfig != nil {
		transport = credentials.NewTLS(tlsConfig)
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(max(maxMessageBytes, defaultMaxMessageBytes))),
		grpc.WithStaticStreamWindowSize(streamWindowBytes),
		grpc.WithStaticConnWindowSize(connectionWindowBytes),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second,
			},
			MinConnectTimeout: 5 * time.Second,
		}),
	}
	if token != nil {
		options = append(options, grpc.WithPerRPCCredentials(bearer(token)))
	}
	connection, err := grpc.NewClient(address, append(options, more...)...)
	if err != nil {
		return nil, &Error{Code: codes.InvalidArgument, Message: err.Error(), Field: "address"}
	}
	return connection, nil
}
