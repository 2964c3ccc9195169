// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"bufio"
	"bytes"
	"cmp"
	gojson "encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// DecodeRuleSet reads one rule set from YAML or JSON, fills in defaults and
// validates it. Unknown and repeated fields are errors. What is wrong is named
// by its field path, and all that is wrong is in the error, an aggregate of
// errors of which most are field errors, up to a hundred of them.
func DecodeRuleSet(data []byte) (*RuleSet, error) {
	rules := &RuleSet{}
	if err := decode(data, "RuleSet", rules, func() field.ErrorList { return ValidateRuleSet(rules) }); err != nil {
		return nil, err
	}
	return rules, nil
}

// DecodeLoadlineArgs reads the plugin's arguments from YAML or JSON as strictly
// as DecodeRuleSet reads rule sets. No data gives the defaults.
func DecodeLoadlineArgs(data []byte) (*LoadlineArgs, error) {
	args := &LoadlineArgs{}
	if len(bytes.TrimSpace(data)) == 0 {
		args.SetDefaults()
		return args, nil
	}
	if err := decode(data, "LoadlineArgs", args, func() field.ErrorList { return ValidateLoadlineArgs(args) }); err != nil {
		return nil, err
	}
	return args, nil
}

// DecodeDeschedulerConfiguration reads the configuration of loadline-descheduler
// from YAML or JSON as strictly as DecodeRuleSet reads rule sets. A file without a
// document in it is an error.
func DecodeDeschedulerConfiguration(data []byte) (*DeschedulerConfiguration, error) {
	configuration := &DeschedulerConfiguration{}
	err := decode(data, "DeschedulerConfiguration", configuration, func() field.ErrorList { return ValidateDeschedulerConfiguration(configuration) })
	if err == nil {
		return configuration, nil
	}
	if faults := faultyLeaseDurations(data); len(faults) > 0 {
		return nil, faults.ToAggregate()
	}
	return nil, err
}

// RuleSetName is the name that a rule set carries, as far as it can be told,
// even where the rest does not decode. Empty if it cannot be told.
func RuleSetName(data []byte) string {
	var carrier struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	if err := sigsyaml.Unmarshal(data, &carrier); err != nil {
		return ""
	}
	return carrier.Metadata.Name
}

// defaulter is an object that knows its defaults.
type defaulter interface {
	runtime.Object
	SetDefaults()
}

// decode reads an object, fills in its defaults and validates it.
func decode(data []byte, kind string, into defaulter, validate func() field.ErrorList) error {
	var errs []error
	if err := decodeStrictly(data, SchemeGroupVersion.WithKind(kind), into); err != nil {
		strict, ok := runtime.AsStrictDecodingError(err)
		if !ok {
			return wrongType(err)
		}
		errs = strict.Errors() // the fields that are known have been read
	}
	into.SetDefaults()
	for _, err := range validate() {
		errs = append(errs, err)
	}
	if more := len(errs) - maxErrors; more > 0 {
		errs = append(errs[:maxErrors], fmt.Errorf("and %d more errors", more))
	}
	return utilerrors.NewAggregate(errs)
}

// maxErrors is the number of mistakes that are told of one object, as many as strict
// decoding tells. To put an aggregate into words takes time by the square of its
// length: minutes for the thousands that a text of a megabyte can have.
const maxErrors = 100

// wrongType says in the words of YAML what the decoder says in those of Go: that a
// value is of another type than its field. The path has no positions in lists.
func wrongType(err error) error {
	var wrong *gojson.UnmarshalTypeError
	if !errors.As(err, &wrong) || wrong.Field == "" {
		return err
	}
	got, _, _ := strings.Cut(wrong.Value, " ") // "number 5"
	want, quote := typeName(wrong.Type), ""
	if want == "string" && (got == "bool" || got == "number") {
		quote = ": put quotes around it"
	}
	names := map[string]string{"bool": "boolean", "array": "list", "object": "mapping"}
	return field.Invalid(field.NewPath(wrong.Field), field.OmitValueType{}, fmt.Sprintf("must be a %s, not a %s%s", want, cmp.Or(names[got], got), quote))
}

// typeName is what YAML calls the values of a type.
func typeName(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Slice:
		return "list"
	case reflect.Struct, reflect.Map:
		return "mapping"
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	default:
		return "whole number"
	}
}

// decodeStrictly reads exactly one document of exactly one kind.
func decodeStrictly(data []byte, want schema.GroupVersionKind, into runtime.Object) error {
	data, err := singleDocument(data)
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := AddToScheme(scheme); err != nil {
		return err
	}
	if err := checkKind(data, want); err != nil {
		return err
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	_, _, err = decoder.Decode(data, nil, into)
	return err
}

// checkKind says what is missing or different in apiVersion and kind. The
// decoder would do it too, but would quote the whole document.
func checkKind(data []byte, want schema.GroupVersionKind) error {
	var got struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := sigsyaml.Unmarshal(data, &got); err != nil {
		return err
	}
	if got.APIVersion != want.GroupVersion().String() {
		return field.Invalid(field.NewPath("apiVersion"), got.APIVersion, fmt.Sprintf("must be %q", want.GroupVersion()))
	}
	if got.Kind != want.Kind {
		return field.Invalid(field.NewPath("kind"), got.Kind, fmt.Sprintf("must be %q", want.Kind))
	}
	return nil
}

// singleDocument refuses a YAML stream of several documents, of which a decoder
// would silently read only the first.
func singleDocument(data []byte) ([]byte, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	var found []byte
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading YAML: %w", err)
		}
		var content any
		if err := sigsyaml.Unmarshal(document, &content); err == nil && content == nil {
			continue // only white space and comments
		}
		if found != nil {
			return nil, errors.New("more than one YAML document: give each its own data key or file")
		}
		found = document
	}
	if found == nil {
		return nil, errors.New("no YAML document: it is empty, or has only comments")
	}
	return found, nil
}
