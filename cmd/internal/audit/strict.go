package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"tieout/reconcile/money"
)

// decode reads one JSON document into maps, lists, strings, numbers and booleans.
// Unlike encoding/json on its own it refuses a key that stands twice in an object:
// two readers could take a different one.
func decode(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := value(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the document")
	}
	return v, nil
}

// maxDepth is far beyond what a result needs.
const maxDepth = 32

func value(dec *json.Decoder, depth int) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch {
	case depth > maxDepth:
		return nil, errors.New("it is nested too deeply")
	case t == json.Delim('{'):
		return members(dec, depth)
	case t == json.Delim('['):
		return elements(dec, depth)
	}
	return t, nil
}

func members(dec *json.Decoder, depth int) (any, error) {
	m := map[string]any{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, _ := t.(string)
		if _, twice := m[key]; twice {
			return nil, fmt.Errorf("the key %q stands twice in one object", key)
		}
		if m[key], err = value(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return m, err
}

func elements(dec *json.Decoder, depth int) (any, error) {
	list := []any{}
	for dec.More() {
		v, err := value(dec, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.Token()
	return list, err
}

// object is a JSON object whose keys are read by what they must hold. What is
// missing or of another type is a finding, and read as the zero value.
type object struct {
	d    *Date
	path string // how it is reached: tie_out.assets[2].
	keys map[string]any
}

func get[T any](o object, key, kind string) (v T) {
	raw, there := o.keys[key]
	v, ok := raw.(T)
	switch {
	case !there:
		o.wrong(key, kind, "no such key")
	case !ok:
		o.wrong(key, kind, kindOf(raw))
	default:
		o.d.Checks++
	}
	return v
}

func (o object) wrong(key, expected, found string) {
	o.d.fail(spot{file: manifestName}, "type of "+o.path+key, expected, found)
}

func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}

func (o object) has(key string) bool { return o.keys[key] != nil }

func (o object) text(key string) string { return get[string](o, key, "a string") }

func (o object) flag(key string) bool { return get[bool](o, key, "true or false") }

func (o object) whole(key string) int {
	text := get[json.Number](o, key, "a number").String()
	n, err := strconv.Atoi(text)
	if err != nil && text != "" {
		o.wrong(key, "a whole number", text)
	}
	return n
}

// amount is an exact decimal in a string, "" for an unknown one.
func (o object) amount(key string) money.Quantity {
	text := o.text(key)
	if text == "" {
		return money.Quantity{}
	}
	q, err := parseDecimal(text)
	if err != nil {
		o.wrong(key, "an exact decimal", text)
	}
	return q
}

// figure is an amount that must be known.
func (o object) figure(key string) money.Quantity {
	q := o.amount(key)
	if !q.Known() {
		if o.has(key) {
			o.wrong(key, "an exact decimal", "an empty string")
		}
		return nothing
	}
	return q
}

func (o object) object(key string) object {
	return object{o.d, o.path + key + ".", get[map[string]any](o, key, "an object")}
}

// objects is a list of objects.
func (o object) objects(key string) []object {
	var list []object
	for i, v := range get[[]any](o, key, "a list") {
		keys, ok := v.(map[string]any)
		if !ok {
			o.wrong(fmt.Sprintf("%s[%d]", key, i), "an object", kindOf(v))
			continue
		}
		list = append(list, object{o.d, fmt.Sprintf("%s%s[%d].", o.path, key, i), keys})
	}
	return list
}

// texts is a list of strings.
func (o object) texts(key string) []string {
	var list []string
	for i, v := range get[[]any](o, key, "a list") {
		text, ok := v.(string)
		if !ok {
			o.wrong(fmt.Sprintf("%s[%d]", key, i), "a string", kindOf(v))
		}
		list = append(list, text)
	}
	return list
}
