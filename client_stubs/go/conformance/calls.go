package main

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"log"
	"reflect"
	"strings"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

// inFront are the arguments that a call takes in front, in their order; all else are options.
var inFront = map[string]string{
	"send_to_client": "client_id message", "send_to_current_client": "message", "send_to_all": "message",
	"send_to_uid": "uids message", "send_to_group": "groups message",
	"bind_uid": "client_id uid", "unbind_uid": "client_id uid", "join_group": "client_id group",
	"leave_group": "client_id group", "ungroup": "group", "set_session": "client_id session",
	"update_session": "client_id session", "close_client": "client_id", "destroy_client": "client_id",
	"is_online": "client_id", "is_uid_online": "uid", "get_session": "client_id", "get_uid_by_client_id": "client_id",
	"get_client_count_by_group": "group", "get_uid_count_by_group": "group", "get_client_count_by_groups": "groups",
	"get_client_sessions_by_group": "group", "get_client_id_list_by_group": "group", "get_client_id_by_uid": "uid",
	"get_client_id_by_uids": "uids", "get_uid_list_by_group": "group", "select": "fields filter",
	"are_online": "client_ids", "get_sessions": "client_ids", "execute": "batch",
}

// invoke calls a method of Client, Worker or Batch with the arguments that it takes.
func invoke(ctx context.Context, on any, name string, given arguments) []reflect.Value {
	method := reflect.ValueOf(on).MethodByName(methodName(name))
	if !method.IsValid() {
		log.Fatalf("there is no %s", methodName(name))
	}
	var in []reflect.Value
	if first := method.Type().In(0); first == reflect.TypeFor[context.Context]() {
		in = append(in, reflect.ValueOf(ctx))
	}
	for _, argument := range strings.Fields(inFront[name]) {
		in = append(in, reflect.ValueOf(given.positional(argument)))
	}
	if method.Type().IsVariadic() {
		takes := method.Type().In(method.Type().NumIn() - 1).Elem()
		for _, option := range given.options() {
			if reflect.TypeOf(option).Implements(takes) {
				in = append(in, reflect.ValueOf(option))
			}
		}
	}
	return method.Call(in)
}

// command says one on the stream.
func command(ctx context.Context, worker *gatewayworker.Worker, name string, given arguments) error {
	err, _ := invoke(ctx, worker, name, given)[0].Interface().(error)
	return err
}

// call is a call's RESULT.
func call(ctx context.Context, client *gatewayworker.Client, name string, given arguments) (any, error) {
	out := invoke(ctx, client, name, given)
	switch result := out[0].Interface().(type) {
	case iter.Seq2[string, error]:
		found := []any{}
		for one, err := range result {
			if err != nil {
				return nil, err
			}
			found = append(found, plain(one))
		}
		return found, nil
	case iter.Seq2[gatewayworker.ClientSession, error]:
		found := map[string]any{}
		for one, err := range result {
			if err != nil {
				return nil, err
			}
			found[one.ClientID] = plain(one.Session)
		}
		return found, nil
	}
	if err, _ := out[len(out)-1].Interface().(error); err != nil {
		return nil, err
	}
	if name == "get_uid_by_client_id" && out[0].String() == "" {
		return nil, nil
	}
	if len(out) == 1 {
		return nil, nil
	}
	return plain(out[0].Interface()), nil
}

// methodName is SendToUID of send_to_uid.
func methodName(name string) string {
	var made strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		switch word {
		case "uid", "id":
			made.WriteString(strings.ToUpper(word))
		case "uids":
			made.WriteString("UIDs")
		default:
			made.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return made.String()
}

// arguments are those of a call or command, as JSON has them.
type arguments struct {
	ClientID  string    `json:"client_id"`
	ClientIDs *[]string `json:"client_ids"`
	UID       string    `json:"uid"`
	UIDs      *[]string `json:"uids"`
	Group     *string   `json:"group"`
	Groups    *[]string `json:"groups"`
	Exclude   []string  `json:"exclude"`
	Message   *struct {
		Text            *string `json:"text"`
		Data            []byte  `json:"data"`
		Raw             bool    `json:"raw"`
		WebSocketBinary bool    `json:"websocket_binary"`
	} `json:"message"`
	Session struct {
		Value  map[string]any `json:"value"`
		Stored []byte         `json:"stored"`
	} `json:"session"`
	Generation    string   `json:"generation"`
	Confirm       bool     `json:"confirm"`
	RequireOnline bool     `json:"require_online"`
	Fields        []string `json:"fields"`
	Commands      []struct {
		Command   string          `json:"command"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"commands"`
}

// argumentsOf has the client in place of "$client".
func argumentsOf(text json.RawMessage, clientID string) (made arguments) {
	if len(text) == 0 {
		return made
	}
	text = bytes.ReplaceAll(text, []byte(`"$client"`), []byte(`"`+clientID+`"`))
	if err := json.Unmarshal(text, &made); err != nil {
		log.Fatal(err)
	}
	return made
}

func (a arguments) positional(name string) any {
	switch name {
	case "client_id":
		return a.ClientID
	case "client_ids":
		return listOf(a.ClientIDs)
	case "uid":
		return a.UID
	case "uids":
		return listOf(a.UIDs)
	case "group":
		return *a.Group
	case "groups":
		return listOf(a.Groups)
	case "message":
		return a.message()
	case "session":
		if a.Session.Stored != nil {
			return gatewayworker.Stored(a.Session.Stored)
		}
		values, _ := sessionValue(a.Session.Value).(map[string]any)
		return gatewayworker.Values(values)
	case "fields":
		return a.fields()
	case "filter":
		return a.filter()
	case "batch":
		batch := &gatewayworker.Batch{}
		for _, one := range a.Commands {
			invoke(context.Background(), batch, one.Command, argumentsOf(one.Arguments, ""))
		}
		return batch
	}
	panic(name)
}

// options are all that the arguments can be; a call takes those that it has.
func (a arguments) options() (made []any) {
	if a.ClientID != "" {
		made = append(made, gatewayworker.ClientID(a.ClientID))
	}
	if a.ClientIDs != nil {
		made = append(made, gatewayworker.Only(*a.ClientIDs))
	}
	if a.Group != nil {
		made = append(made, gatewayworker.InGroup(*a.Group))
	}
	if a.Exclude != nil {
		made = append(made, gatewayworker.Exclude(a.Exclude))
	}
	if a.Message != nil {
		made = append(made, gatewayworker.LastMessage(a.message()))
	}
	if a.Generation != "" {
		made = append(made, gatewayworker.Generation(a.Generation))
	}
	if a.Confirm {
		made = append(made, gatewayworker.Confirm)
	}
	if a.RequireOnline {
		made = append(made, gatewayworker.RequireOnline)
	}
	return made
}

func (a arguments) message() gatewayworker.Message {
	message := gatewayworker.Bytes(a.Message.Data)
	if a.Message.Text != nil {
		message = gatewayworker.Text(*a.Message.Text)
	}
	if a.Message.Raw {
		message = message.Raw()
	}
	if a.Message.WebSocketBinary {
		message = message.WebSocketBinary()
	}
	return message
}

func (a arguments) fields() (made []gatewayworker.Field) {
	for _, name := range a.Fields {
		made = append(made, map[string]gatewayworker.Field{
			"UID": gatewayworker.FieldUID, "GROUPS": gatewayworker.FieldGroups, "SESSION": gatewayworker.FieldSession,
		}[name])
	}
	return made
}

func (a arguments) filter() *gatewayworker.Filter {
	if a.ClientIDs == nil && a.Groups == nil && a.UIDs == nil {
		return nil
	}
	return &gatewayworker.Filter{ClientIDs: listOf(a.ClientIDs), Groups: listOf(a.Groups), UIDs: listOf(a.UIDs)}
}

func listOf(list *[]string) []string {
	if list == nil {
		return nil
	}
	return *list
}
