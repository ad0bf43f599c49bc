package gatewayworker

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

func TestAnAnswerIsEncodedAsTheGeneratedCodeDoes(t *testing.T) {
	messages := []Message{{}, Text("é"), Bytes([]byte{}), Bytes([]byte("\xff\x00"))}
	for _, size := range []int{100, 127, 128, 20_000, 3_000_000} { // as many bytes as their lengths can take
		messages = append(messages, Text(strings.Repeat("x", size)), Bytes(make([]byte, size)))
	}
	for _, message := range messages {
		for _, id := range []uint64{1, 127, 128, 1 << 40} {
			request := &pb.SendToCurrentClientRequest{Message: message.proto()}
			command := &pb.Command{Command: &pb.Command_SendToCurrentClient{SendToCurrentClient: request}}
			want := &pb.AttachRequest{Commands: []*pb.NumberedCommand{{Number: id, Command: command, EventId: id}}}
			encoded, err := encodeCommand(command, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, bytes := range [][]byte{encoded, appendAnswer(nil, message, id)} {
				got := &pb.AttachRequest{}
				setCommands(got, bytes)
				got, err := sentAndRead(got)
				if err != nil || !proto.Equal(got, want) {
					t.Errorf("%d bytes, event %d: %v", message.size(), id, err)
				}
			}
		}
	}
}

func sentAndRead(request *pb.AttachRequest) (*pb.AttachRequest, error) {
	bytes, err := proto.Marshal(request)
	if err != nil {
		return nil, err
	}
	read := &pb.AttachRequest{}
	return read, proto.Unmarshal(bytes, read)
}

func TestACommandThatCannotBeEncodedFailsAlone(t *testing.T) {
	_, err := encodeCommand(&pb.Command{Command: &pb.Command_Ungroup{Ungroup: &pb.UngroupRequest{Group: "\xff"}}}, 0)
	if err == nil {
		t.Error("it was encoded")
	}
}
