package gatewayworker

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// goName is SendToUID of SendToUid.
func goName(name string) string {
	return strings.NewReplacer("Uids", "UIDs", "Uid", "UID", "ClientId", "ClientID", "GroupId", "GroupID").Replace(name)
}

func TestEveryCallOfTheServiceIsThere(t *testing.T) {
	calls := pb.File_gatewayworker_v1_gateway_service_proto.Services().ByName("GatewayService").Methods()
	if calls.Len() != 45 {
		t.Errorf("there are %d calls", calls.Len())
	}
	for i := range calls.Len() {
		name := goName(string(calls.Get(i).Name()))
		if _, ok := reflect.TypeFor[*Client]().MethodByName(name); !ok {
			t.Errorf("there is no Client.%s", name)
		}
	}
}

func TestEveryCommandIsThereOnTheStreamAndInABatchAndTakesTheSame(t *testing.T) {
	arguments := func(method reflect.Method, skip int) (types []reflect.Type) {
		for i := skip; i < method.Type.NumIn(); i++ {
			types = append(types, method.Type.In(i))
		}
		return types
	}
	commands := (&pb.Command{}).ProtoReflect().Descriptor().Fields()
	for i := range commands.Len() {
		name := goName(strings.TrimSuffix(string(commands.Get(i).Message().Name()), "Request"))
		call, _ := reflect.TypeFor[*Client]().MethodByName(name)
		onStream, ok := reflect.TypeFor[*Worker]().MethodByName(name)
		if !ok || !slices.Equal(arguments(onStream, 2), arguments(call, 2)) {
			t.Errorf("Worker.%s is not as Client.%s", name, name)
		}
		inBatch, ok := reflect.TypeFor[*Batch]().MethodByName(name)
		if !ok || !slices.Equal(arguments(inBatch, 1), arguments(call, 2)) {
			t.Errorf("Batch.%s is not as Client.%s", name, name)
		}
	}
}

func TestTheAddress(t *testing.T) {
	t.Setenv(AddressVariable, "")
	if got := addressOf(""); got != DefaultAddress {
		t.Errorf("by default %q", got)
	}
	t.Setenv(AddressVariable, "unix:/run/gatewayd.sock")
	if got := addressOf(""); got != "unix:/run/gatewayd.sock" {
		t.Errorf("from the environment %q", got)
	}
	if got := addressOf("10.0.0.1:1"); got != "10.0.0.1:1" {
		t.Errorf("given %q", got)
	}
}

func TestTargetsAbsentAndEmpty(t *testing.T) {
	everyone, _ := sendToAll(Text("hi"), nil)
	if everyone.GetTargets() != nil {
		t.Error("everyone has targets")
	}
	for _, none := range []Only{{}, nil} {
		nobody, _ := sendToAll(Text("hi"), []SendToAllOption{none})
		if nobody.GetTargets() == nil || len(nobody.GetTargets().GetClientIds()) > 0 {
			t.Errorf("%#v is not nobody", none)
		}
	}
}

func TestOptionsReachTheRequest(t *testing.T) {
	request, err := closeCurrentClient([]CloseCurrentClientOption{
		Confirm, RequireOnline, Generation("g"), ClientID("c"), LastMessage(Text("bye")),
	})
	if err != nil {
		t.Fatal(err)
	}
	if request.GetConfirm() != pb.Confirm_CONFIRM_RUN || !request.GetRequireOnline() || request.GetGeneration() != "g" ||
		request.GetClientId() != "c" || request.GetMessage().GetText() != "bye" {
		t.Errorf("%v", request)
	}
}

func TestErrorsSayWhatTheMetadataSays(t *testing.T) {
	client := newClient(t, ClientConfig{Address: (&fakeDaemon{}).start(t)})
	_, err := client.GetSession(t.Context(), "x")
	var known *Error
	if !errors.As(err, &known) {
		t.Fatalf("%v", err)
	}
	want := Error{
		Code: codes.NotFound, Message: "client_id is offline", Field: "client_id", Reason: "offline",
		Gateways: []string{"a:1", "b:2"},
	}
	if !reflect.DeepEqual(*known, want) {
		t.Errorf("%#v", known)
	}
	if !errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnavailable) || status.Code(err) != codes.NotFound {
		t.Errorf("%v is not what it is", err)
	}
	if !strings.Contains(err.Error(), "client_id is offline") {
		t.Errorf("%v", err)
	}
}

func TestACallEndsWithItsTimeAndWithItsContext(t *testing.T) {
	address := (&fakeDaemon{}).start(t)
	hasty := newClient(t, ClientConfig{Address: address, Timeout: time.Millisecond})
	err := hasty.SendToClient(t.Context(), "x", Text("hi"))
	if !errors.Is(err, ErrDeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = newClient(t, ClientConfig{Address: address}).SendToClient(ctx, "x", Text("hi"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestATimeoutIsThatOfTheConfigUnlessTheContextHasOne(t *testing.T) {
	for _, one := range []struct {
		timeout time.Duration
		limited bool
	}{{0, true}, {time.Minute, true}, {-1, false}} {
		var has bool
		look := func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ grpc.UnaryInvoker, _ ...grpc.CallOption) error {
			_, has = ctx.Deadline()
			return nil
		}
		client := newClient(t, ClientConfig{
			Address: "unix:nobody", Timeout: one.timeout, DialOptions: []grpc.DialOption{grpc.WithUnaryInterceptor(look)},
		})
		if _, err := client.IsOnline(context.Background(), "x"); err != nil || has != one.limited {
			t.Errorf("a timeout of %v: %v, %v", one.timeout, has, err)
		}
	}
}

func TestWhatIsMissingIsToldToWhoAsks(t *testing.T) {
	client := newClient(t, ClientConfig{Address: (&fakeDaemon{}).start(t)})
	var missing []GatewayFailure
	uids, err := client.GetAllUIDList(t.Context(), PartialOK(&missing))
	if err != nil || !slices.Equal(uids, []string{"u", "\xff"}) {
		t.Errorf("%q, %v", uids, err)
	}
	if !slices.Equal(missing, []GatewayFailure{{"a:1", "timeout"}}) {
		t.Errorf("missing %v", missing)
	}
	if _, err := client.GetAllUIDList(t.Context(), PartialOK(nil)); err != nil {
		t.Error(err)
	}
}

func TestAStreamEndsWithItsError(t *testing.T) {
	client := newClient(t, ClientConfig{Address: (&fakeDaemon{}).start(t)})
	var got []string
	var failed error
	for clientID, err := range client.StreamAllClientIDList(t.Context()) {
		if failed = err; err == nil {
			got = append(got, clientID)
		}
	}
	if !slices.Equal(got, []string{"a", "b"}) || !errors.Is(failed, ErrUnavailable) {
		t.Errorf("%v, %v", got, failed)
	}
	for clientID := range client.StreamAllClientIDList(t.Context()) {
		if clientID != "a" {
			t.Errorf("the first one is %q", clientID)
		}
		break
	}
}

func TestWhatIsNotUTF8IsRefusedBeforeItIsSent(t *testing.T) {
	client := newClient(t, ClientConfig{Address: "unix:nobody"})
	calls := map[string]error{
		"client_id":  client.SendToClient(t.Context(), "\xff", Text("hi")),
		"uid":        client.BindUID(t.Context(), "x", "\xff"),
		"group":      client.JoinGroup(t.Context(), "x", "\xff"),
		"generation": client.DestroyClient(t.Context(), "x", Generation("\xff")),
	}
	_, calls["groups"] = client.SendToGroup(t.Context(), []string{"g", "\xff"}, Text("hi"))
	_, calls["targets"] = client.SendToAll(t.Context(), Text("hi"), Only{"\xff"})
	for field, err := range calls {
		var known *Error
		if !errors.As(err, &known) || known.Code != codes.InvalidArgument || known.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestABatchKeepsItsFirstError(t *testing.T) {
	var batch Batch
	batch.SendToAll(Text("hi"))
	batch.SetSession("x", Values{"bytes": []byte("b")})
	batch.JoinGroup("x", "\xff")
	_, err := newClient(t, ClientConfig{Address: "unix:nobody"}).Execute(t.Context(), &batch)
	var known *Error
	if !errors.As(err, &known) || known.Field != "session" || batch.Len() != 3 {
		t.Errorf("%v of %d", err, batch.Len())
	}
}
