package gatewayworker

import (
	"errors"
	"math"
	"reflect"
	"testing"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

func TestMessagesOfEachKind(t *testing.T) {
	if m := Text("é").proto(); m.GetText() != "é" || m.GetRaw() || m.GetWebsocketBinary() {
		t.Errorf("%v", m)
	}
	if m := Text("\xff").proto(); string(m.GetData()) != "\xff" {
		t.Errorf("%v", m)
	}
	if m := Bytes([]byte("\xff")).WebSocketBinary().proto(); string(m.GetData()) != "\xff" || !m.GetWebsocketBinary() || m.GetRaw() {
		t.Errorf("%v", m)
	}
	if m := Text("x").Raw().proto(); !m.GetRaw() {
		t.Errorf("%v", m)
	}
	for _, empty := range []Message{{}, Text(""), Bytes(nil), Bytes([]byte{})} {
		if m := empty.proto(); m.GetPayload() == nil || m.GetText() != "" || len(m.GetData()) > 0 {
			t.Errorf("%v", m)
		}
	}
}

func TestASessionGoesThereAndComesBackAsItWas(t *testing.T) {
	session := map[string]any{
		"nil": nil, "on": true, "off": false, "n": 5.0, "big": float64(1 << 53), "small": -float64(1 << 53),
		"half": 0.5, "text": "用户", "list": []any{1.0, "a", []any{}, map[string]any{}, nil},
		"map": map[string]any{"k": map[string]any{"k": []any{map[string]any{"x": 1.0}}}}, "empty": map[string]any{},
	}
	made, err := toStruct(session)
	if err != nil {
		t.Fatal(err)
	}
	if back := fromStruct(made); !reflect.DeepEqual(map[string]any(back), session) {
		t.Errorf("%#v", back)
	}
}

func TestNumbersSlicesAndMapsOfEachKindAreTaken(t *testing.T) {
	type name string
	type flag bool
	made, err := toStruct(Values{
		"int": -5, "int8": int8(-5), "int64": int64(1 << 53), "uint8": uint8(5), "uint64": uint64(1 << 53),
		"float32": float32(0.5), "name": name("n"), "flag": flag(true), "ints": []int{1, 2}, "names": []name{"a"},
		"array": [2]string{"a", "b"}, "map": map[name]int{"k": 1}, "values": Values{"k": []map[string]int{{"x": 1}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Values{
		"int": -5.0, "int8": -5.0, "int64": float64(1 << 53), "uint8": 5.0, "uint64": float64(1 << 53), "float32": 0.5,
		"name": "n", "flag": true, "ints": []any{1.0, 2.0}, "names": []any{"a"}, "array": []any{"a", "b"},
		"map": map[string]any{"k": 1.0}, "values": map[string]any{"k": []any{map[string]any{"x": 1.0}}},
	}
	if back := fromStruct(made); !reflect.DeepEqual(back, want) {
		t.Errorf("%#v", back)
	}
}

func TestWhatAStructWouldBendIsRefused(t *testing.T) {
	itself := map[string]any{}
	itself["itself"] = itself
	for name, value := range map[string]any{
		"large": 1<<53 + 1, "small": int64(-1<<53 - 1), "unsigned": uint64(1<<53 + 1), "nan": math.NaN(),
		"infinite": math.Inf(1), "float32": float32(math.Inf(-1)), "bytes": []byte("b"), "array": [1]byte{1},
		"not UTF-8": "\xff", "a key": map[string]int{"\xff": 1}, "keys": map[int]int{1: 2}, "a struct": struct{}{},
		"a pointer": &name1, "a channel": make(chan int), "itself": itself,
	} {
		for _, session := range []Values{{"x": value}, {"x": []any{map[string]any{"y": value}}}} {
			_, err := session.sessionInput()
			var known *Error
			if !errors.As(err, &known) || known.Field != "session" || !errors.Is(err, ErrInvalidArgument) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := (Values{"\xff": 1}).sessionInput(); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("%v", err)
	}
}

var name1 = "n"

func TestAnEmptySessionIsOne(t *testing.T) {
	for _, empty := range []SessionInput{Values{}, Values(nil)} {
		if made, err := empty.sessionInput(); err != nil || made.GetValue() == nil {
			t.Errorf("%v, %v", made, err)
		}
	}
	made, err := Stored(nil).sessionInput()
	if _, ok := made.GetSession().(*pb.SessionInput_Stored); !ok || err != nil {
		t.Errorf("%v, %v", made, err)
	}
}

func TestASessionKeepsItsStoredBytesAndIsNeverNil(t *testing.T) {
	session := fromSession(&pb.Session{Stored: []byte("a:1:{}"), ValueIncomplete: true})
	if string(session.Stored) != "a:1:{}" || !session.Incomplete {
		t.Errorf("%v", session)
	}
	fromSession(nil).Values["name"] = "can be set"
}

func TestPausesDoubleUpToTheLongestAndBeginAnew(t *testing.T) {
	pauses := newPauses(100, 450)
	pauses.random = func() float64 { return 1 }
	for i, want := range []int64{100, 200, 400, 450, 450} {
		if got := int64(pauses.next()); got != want {
			t.Errorf("pause %d is %d, not %d", i, got, want)
		}
	}
	pauses.reset()
	pauses.random = func() float64 { return 0 }
	if got := pauses.next(); got != 50 {
		t.Errorf("the shortest is %d, not half of 100", got)
	}
}
