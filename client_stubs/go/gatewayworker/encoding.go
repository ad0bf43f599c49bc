package gatewayworker

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// Commands are encoded when they are called, each as an element of AttachRequest.commands, and a request is given them as
// they are. So the caller may change what it gave, one that cannot be encoded fails alone and not with the stream, and
// what most workers send costs no memory of its own.

// Numbers of fields: of AttachRequest; of NumberedCommand; of Command; of SendToCurrentClientRequest; of Message.
const (
	fieldCommands            = 2
	fieldNumber              = 1
	fieldCommand             = 2
	fieldEventID             = 3
	fieldSendToCurrentClient = 2
	fieldMessage             = 2
	fieldData                = 1
	fieldText                = 2
)

// encodeCommand is a command that answers an event, or none: 0.
func encodeCommand(command *pb.Command, eventID uint64) ([]byte, error) {
	numbered := &pb.NumberedCommand{Number: eventID, Command: command, EventId: eventID}
	size := proto.Size(numbered)
	to := make([]byte, 0, protowire.SizeTag(fieldCommands)+protowire.SizeBytes(size))
	to = appendHead(to, fieldCommands, size)
	to, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(to, numbered)
	if err != nil {
		return nil, invalid("command", "cannot be encoded: %v", err)
	}
	return to, nil
}

// appendAnswer is encodeCommand of a SendToCurrentClient with nothing but a message.
func appendAnswer(to []byte, message Message, eventID uint64) []byte {
	const tag = 1 // the size of one, of fields below 16
	payload := len(message.text) + len(message.data)
	messageSize := tag + protowire.SizeBytes(payload)
	requestSize := tag + protowire.SizeBytes(messageSize)
	commandSize := tag + protowire.SizeBytes(requestSize)
	idSize := tag + protowire.SizeVarint(eventID)

	to = appendHead(to, fieldCommands, idSize+tag+protowire.SizeBytes(commandSize)+idSize)
	to = appendNumber(to, fieldNumber, eventID)
	to = appendHead(to, fieldCommand, commandSize)
	to = appendHead(to, fieldSendToCurrentClient, requestSize)
	to = appendHead(to, fieldMessage, messageSize)
	if message.data != nil {
		to = append(appendHead(to, fieldData, payload), message.data...)
	} else {
		to = append(appendHead(to, fieldText, payload), message.text...)
	}
	return appendNumber(to, fieldEventID, eventID)
}

// appendHead begins a field of so many bytes.
func appendHead(to []byte, field protowire.Number, size int) []byte {
	to = protowire.AppendTag(to, field, protowire.BytesType)
	return protowire.AppendVarint(to, uint64(size))
}

func appendNumber(to []byte, field protowire.Number, number uint64) []byte {
	to = protowire.AppendTag(to, field, protowire.VarintType)
	return protowire.AppendVarint(to, number)
}

// setCommands gives a request its commands, encoded: as fields that it does not know, which it sends as they are.
func setCommands(request *pb.AttachRequest, commands []byte) {
	if len(commands) > 0 {
		request.ProtoReflect().SetUnknown(commands)
	}
}
