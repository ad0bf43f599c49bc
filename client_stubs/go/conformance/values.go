package main

import (
	"encoding/base64"
	"errors"
	"log"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/grpc/codes"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

// ---- JSON to the package's values

// sessionValue puts integers and bytes in place of what stands for them.
func sessionValue(given any) any {
	switch given := given.(type) {
	case map[string]any:
		if text, ok := given["$int64"].(string); ok {
			number, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				log.Fatal(err)
			}
			return number
		}
		if text, ok := given["$bytes"].(string); ok {
			data, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				log.Fatal(err)
			}
			return data
		}
		made := map[string]any{}
		for key, element := range given {
			made[key] = sessionValue(element)
		}
		return made
	case []any:
		made := []any{}
		for _, element := range given {
			made = append(made, sessionValue(element))
		}
		return made
	}
	return given
}

// ---- And back. Package json makes base64 of bytes by itself.

func plain(result any) any {
	switch result := result.(type) {
	case string:
		if !utf8.ValidString(result) {
			return map[string]any{"$bytes": []byte(result)}
		}
	case []string:
		return plainList(result)
	case map[string]int:
		return plainMap(result)
	case map[string]bool:
		return plainMap(result)
	case map[string][]string:
		return plainMap(result)
	case map[string]*gatewayworker.Session:
		return plainMap(result)
	case *gatewayworker.Session:
		if result == nil {
			return nil
		}
		return map[string]any{"value": result.Values, "stored": notNil(result.Stored), "incomplete": result.Incomplete}
	case gatewayworker.Delivery:
		return map[string]any{"gateways": result.Gateways, "unreachable": plainFailures(result.Unreachable)}
	case *gatewayworker.Delivery:
		if result == nil {
			return nil
		}
		return plain(*result)
	case []gatewayworker.CommandResult:
		return plainList(result)
	case gatewayworker.CommandResult:
		line := map[string]any{"code": "OK", "message": "", "delivery": plain(result.Delivery)}
		if err := (*gatewayworker.Error)(nil); errors.As(result.Err, &err) {
			line["code"], line["message"] = codeName(err.Code), err.Message
		}
		return line
	case []gatewayworker.SelectedClient:
		return plainList(result)
	case gatewayworker.SelectedClient:
		line := map[string]any{
			"client_id": result.ClientID, "uid": nil, "groups": plain(result.Groups), "session": plain(result.Session),
		}
		if result.UID != "" {
			line["uid"] = plain(result.UID)
		}
		return line
	}
	return result
}

func plainList[T any](list []T) []any {
	made := make([]any, len(list))
	for i, element := range list {
		made[i] = plain(element)
	}
	return made
}

func plainMap[T any](given map[string]T) map[string]any {
	made := make(map[string]any, len(given))
	for key, element := range given {
		if !utf8.ValidString(key) {
			key = base64.StdEncoding.EncodeToString([]byte(key))
		}
		made[key] = plain(element)
	}
	return made
}

func plainFailures(failures []gatewayworker.GatewayFailure) []any {
	made := []any{}
	for _, failure := range failures {
		made = append(made, map[string]any{"gateway": failure.Gateway, "reason": failure.Reason})
	}
	return made
}

func plainError(failed error) map[string]any {
	var err *gatewayworker.Error
	if !errors.As(failed, &err) {
		log.Fatalf("no Error: %v", failed)
	}
	gateways := err.Gateways
	if gateways == nil {
		gateways = []string{}
	}
	return map[string]any{
		"code": codeName(err.Code), "message": err.Message, "field": orNull(err.Field), "reason": orNull(err.Reason),
		"gateways": gateways,
	}
}

func plainEvent(event *gatewayworker.Event) map[string]any {
	session := event.Session()
	line := map[string]any{
		"kind": event.Kind.String(), "client_id": event.ClientID, "body": notNil(event.Body), "body_omitted": nil,
		"attempt": event.Attempt, "redelivered": event.Redelivered, "session": session.Values,
		"session_stored": notNil(session.Stored), "session_stale": event.SessionStale, "client_ip": event.ClientIP,
	}
	if event.BodyOmitted > 0 {
		line["body_omitted"] = event.BodyOmitted
	}
	if event.Kind == gatewayworker.KindWebSocketConnect {
		shake := event.Handshake()
		line["handshake"] = map[string]any{
			"get": shake.Get, "server": shake.Server, "cookie": shake.Cookie, "incomplete": shake.Incomplete,
		}
	}
	return line
}

func plainWelcome(welcome gatewayworker.Welcome) map[string]any {
	return map[string]any{
		"version": welcome.Version, "dialect": welcome.Dialect, "worker_id": welcome.WorkerID,
		"window_events": welcome.WindowEvents, "window_bytes": welcome.WindowBytes,
		"max_message_bytes": welcome.MaxMessageBytes,
	}
}

// codeName is NOT_FOUND of NotFound.
func codeName(code codes.Code) string {
	if code == codes.OK {
		return "OK"
	}
	var made strings.Builder
	for i, letter := range code.String() {
		if i > 0 && unicode.IsUpper(letter) {
			made.WriteByte('_')
		}
		made.WriteRune(unicode.ToUpper(letter))
	}
	return made.String()
}

func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
