// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

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
// errors of which most are field errors.
func DecodeRuleSet(data []byte) (*RuleSet, error) {
	rules := &RuleSet{}
	var errs []error
	if err := decodeStrictly(data, SchemeGroupVersion.WithKind("RuleSet"), rules); err != nil {
		strict, ok := runtime.AsStrictDecodingError(err)
		if !ok {
			return nil, err
		}
		errs = strict.Errors() // the fields that are known have been read
	}
	rules.SetDefaults()
	for _, err := range ValidateRuleSet(rules) {
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return nil, utilerrors.NewAggregate(errs)
	}
	return rules, nil
}

// DecodeLoadlineArgs reads the plugin's arguments from YAML or JSON as strictly
// as DecodeRuleSet reads rule sets. No data gives the defaults.
func DecodeLoadlineArgs(data []byte) (*LoadlineArgs, error) {
	args := &LoadlineArgs{}
	if len(bytes.TrimSpace(data)) > 0 {
		if err := decodeStrictly(data, SchemeGroupVersion.WithKind("LoadlineArgs"), args); err != nil {
			return nil, err
		}
	}
	args.SetDefaults()
	if errs := ValidateLoadlineArgs(args); len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	return args, nil
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
			return nil, errors.New("more than one YAML document: give each its own data key")
		}
		found = document
	}
	if found == nil {
		return nil, errors.New("no YAML document in it")
	}
	return found, nil
}
