package gatewayworker

import (
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/structpb"
)

const (
	exactInteger = 1 << 53 // a double holds integers up to it
	deepest      = 30      // readers of Protobuf go no deeper; a map that holds itself ends here
)

func fromStruct(value *structpb.Struct) Values {
	made := make(Values, len(value.GetFields()))
	for name, field := range value.GetFields() {
		made[name] = field.AsInterface()
	}
	return made
}

// toStruct refuses what a Struct would bend.
func toStruct(values Values) (*structpb.Struct, error) {
	made := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(values))}
	for name, element := range values {
		if err := addField(made, name, element, "session", 1); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func addField(made *structpb.Struct, name string, element any, where string, depth int) error {
	if !utf8.ValidString(name) {
		return invalid("session", "has a key in %s that is not UTF-8", where)
	}
	value, err := toValue(element, where+"["+strconv.Quote(name)+"]", depth)
	made.Fields[name] = value
	return err
}

func toValue(value any, where string, depth int) (*structpb.Value, error) {
	if depth > deepest {
		return nil, invalid("session", "is nested deeper than %d at %s", deepest, where)
	}
	switch value := value.(type) {
	case nil:
		return structpb.NewNullValue(), nil
	case bool:
		return structpb.NewBoolValue(value), nil
	case string:
		if !utf8.ValidString(value) {
			return nil, bent("a string that is not UTF-8", where)
		}
		return structpb.NewStringValue(value), nil
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return nil, invalid("session", "has a number that is not finite at %s", where)
		}
		return structpb.NewNumberValue(value), nil
	case int:
		return toNumber(value > exactInteger || value < -exactInteger, float64(value), where)
	case []byte:
		return nil, bent("bytes", where)
	}
	return reflectValue(reflect.ValueOf(value), where, depth)
}

// reflectValue takes all kinds that toValue has no type for.
func reflectValue(value reflect.Value, where string, depth int) (*structpb.Value, error) {
	switch value.Kind() {
	case reflect.Bool:
		return structpb.NewBoolValue(value.Bool()), nil
	case reflect.String:
		return toValue(value.String(), where, depth)
	case reflect.Float32, reflect.Float64:
		return toValue(value.Float(), where, depth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number := value.Int()
		return toNumber(number > exactInteger || number < -exactInteger, float64(number), where)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return toNumber(value.Uint() > exactInteger, float64(value.Uint()), where)
	case reflect.Slice, reflect.Array:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return nil, bent("bytes", where)
		}
		return toList(value, where, depth)
	case reflect.Map:
		if value.Type().Key().Kind() == reflect.String {
			return toMap(value, where, depth)
		}
	}
	return nil, bent("a "+value.Type().String(), where)
}

func toNumber(bends bool, number float64, where string) (*structpb.Value, error) {
	if bends {
		return nil, bent("an integer outside ±2^53", where)
	}
	return structpb.NewNumberValue(number), nil
}

func toList(value reflect.Value, where string, depth int) (*structpb.Value, error) {
	list := &structpb.ListValue{Values: make([]*structpb.Value, value.Len())}
	for i := range list.Values {
		element, err := toValue(value.Index(i).Interface(), where+"["+strconv.Itoa(i)+"]", depth+1)
		if err != nil {
			return nil, err
		}
		list.Values[i] = element
	}
	return structpb.NewListValue(list), nil
}

func toMap(value reflect.Value, where string, depth int) (*structpb.Value, error) {
	made := &structpb.Struct{Fields: make(map[string]*structpb.Value, value.Len())}
	for entry := value.MapRange(); entry.Next(); {
		if err := addField(made, entry.Key().String(), entry.Value().Interface(), where, depth+1); err != nil {
			return nil, err
		}
	}
	return structpb.NewStructValue(made), nil
}

func bent(what, where string) *Error {
	return invalid("session", "has %s at %s: give the session as its stored bytes", what, where)
}
