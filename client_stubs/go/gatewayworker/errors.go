package gatewayworker

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Error is what calls, commands and streams fail with. Tell errors apart by errors.Is and the Err… values, or take an
// *Error out of one by errors.As; google.golang.org/grpc/status understands it too.
type Error struct {
	// Code is the status code.
	Code codes.Code
	// Message names field, Gateway and cause, for people.
	Message string
	// Field is the field of the request at fault, as INVALID_ARGUMENT names it; empty where there is none.
	Field string
	// Reason is a word for programs: offline, no-link, generation-over, timeout…, as gateway_service.proto lists them.
	Reason string
	// Gateways are the addresses of the Gateways concerned.
	Gateways []string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code.String()
	}
	return e.Code.String() + ": " + e.Message
}

// GRPCStatus makes status.Code and status.FromError understand it.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.Code, e.Message) }

// Is says whether target is the Err… value of its code; for a call that took too long or was given up also the error of
// package context.
func (e *Error) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded:
		return e.Code == codes.DeadlineExceeded
	case context.Canceled:
		return e.Code == codes.Canceled
	}
	code, ok := target.(codeError)
	return ok && codes.Code(code) == e.Code
}

// codeError is what the errors of one code have in common.
type codeError codes.Code

func (e codeError) Error() string { return codes.Code(e).String() }

// One for each status that the daemon answers with, for errors.Is.
var (
	// ErrInvalidArgument: Field of the request cannot be.
	ErrInvalidArgument error = codeError(codes.InvalidArgument)
	// ErrNotFound: the client is offline, its Gateway is no member of the cluster, or its generation is over.
	ErrNotFound error = codeError(codes.NotFound)
	// ErrFailedPrecondition: the cluster's dialect cannot do it, or the generation is of another daemon process.
	ErrFailedPrecondition error = codeError(codes.FailedPrecondition)
	// ErrUnavailable: no daemon, or no link to a Gateway. A command to one client was not sent: try again.
	ErrUnavailable error = codeError(codes.Unavailable)
	// ErrResourceExhausted: a buffer is full or a message too large. Nothing was sent.
	ErrResourceExhausted error = codeError(codes.ResourceExhausted)
	// ErrDeadlineExceeded: the time was up. Of a command with Confirm or RequireOnline: unknown whether it ran.
	ErrDeadlineExceeded error = codeError(codes.DeadlineExceeded)
	// ErrDataLoss: a Gateway answered nonsense.
	ErrDataLoss error = codeError(codes.DataLoss)
	// ErrUnauthenticated: the daemon wants a token, and this is none that it knows.
	ErrUnauthenticated error = codeError(codes.Unauthenticated)
	// ErrPermissionDenied: the token does not allow this call.
	ErrPermissionDenied error = codeError(codes.PermissionDenied)
)

// invalid is what this side refuses itself, because the daemon could not see that it is wrong.
func invalid(field, format string, arguments ...any) *Error {
	return &Error{
		Code: codes.InvalidArgument, Message: field + " " + fmt.Sprintf(format, arguments...), Field: field,
	}
}

func unavailable(message string) *Error { return &Error{Code: codes.Unavailable, Message: message} }

// errorOf is the error of a call, with what its trailing metadata says.
func errorOf(err error, trailer metadata.MD) error {
	if known := (*Error)(nil); errors.As(err, &known) {
		return known
	}
	said, _ := status.FromError(err)
	return &Error{
		Code: said.Code(), Message: said.Message(), Field: first(trailer.Get("gatewayd-field")),
		Reason: first(trailer.Get("gatewayd-reason")), Gateways: trailer.Get("gatewayd-gateway"),
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// PanicError is the error of a handler that panicked.
type PanicError struct {
	// Value is what it panicked with.
	Value any
	// Stack is where, as debug.Stack formats it.
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap gives Value, where that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
