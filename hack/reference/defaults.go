// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// leaves are the values of an object by their paths, in which [] stands for each
// element of a list.
type leaves map[string][]string

func (l leaves) add(path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			l.add(strings.TrimPrefix(path+"."+name, "."), inner)
		}
	case []any:
		for _, inner := range value {
			l.add(path+"[]", inner)
		}
	case nil:
	case float64:
		l[path] = append(l[path], strconv.FormatFloat(value, 'f', -1, 64))
	default:
		l[path] = append(l[path], short(fmt.Sprint(value)))
	}
}

// below are the values at a path and inside of what is there.
func (l leaves) below(path string) []string {
	var found []string
	for at, values := range l {
		if at == path || strings.HasPrefix(at, path+".") || strings.HasPrefix(at, path+"[]") {
			found = append(found, values...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// leavesOf reads YAML.
func leavesOf(text []byte) (leaves, error) {
	var content any
	if err := sigsyaml.Unmarshal(text, &content); err != nil {
		return nil, err
	}
	found := leaves{}
	found.add("", content)
	return found, nil
}

// filledIn are the values that are in an object after its defaults were filled in,
// and were not before, and the object itself in YAML.
func filledIn(kind string, before []byte) (defaults leaves, after string, err error) {
	var object any
	switch kind {
	case "RuleSet":
		object, err = v1alpha1.DecodeRuleSet(before)
	case "LoadlineArgs":
		object, err = v1alpha1.DecodeLoadlineArgs(before)
	case "DeschedulerConfiguration":
		object, err = v1alpha1.DecodeDeschedulerConfiguration(before)
	}
	if err != nil {
		return nil, "", fmt.Errorf("reading the shortest %s: %w", kind, err)
	}
	if after, err = inOrder(object); err != nil {
		return nil, "", err
	}
	given, err := leavesOf(before)
	if err != nil {
		return nil, "", err
	}
	if defaults, err = leavesOf([]byte(after)); err != nil {
		return nil, "", err
	}
	for path, values := range given {
		defaults[path] = slices.DeleteFunc(defaults[path], func(value string) bool { return slices.Contains(values, value) })
		if len(defaults[path]) == 0 {
			delete(defaults, path)
		}
	}
	return defaults, after, nil
}

// inOrder writes an object as YAML, its fields in the order in which they are
// declared, and durations as people write them.
func inOrder(object any) (string, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return "", err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil { // JSON is YAML
		return "", err
	}
	inBlocks(&document)
	if fields := document.Content[0].Content; fields[0].Value == "kind" { // after apiVersion, as everywhere
		fields[0], fields[1], fields[2], fields[3] = fields[2], fields[3], fields[0], fields[1]
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(&document); err != nil {
		return "", err
	}
	return out.String(), encoder.Close()
}

func inBlocks(node *yaml.Node) {
	node.Style = 0
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		node.Value = short(node.Value)
	}
	for _, inner := range node.Content {
		inBlocks(inner)
	}
}

var goDuration = regexp.MustCompile(`^(\d+h)?(\d+m)?\d+s$`)

// short writes durations without their parts that are zero.
func short(text string) string {
	if !goDuration.MatchString(text) {
		return text
	}
	if trimmed, ok := strings.CutSuffix(text, "m0s"); ok {
		text = trimmed + "m"
	}
	if trimmed, ok := strings.CutSuffix(text, "h0m"); ok {
		text = trimmed + "h"
	}
	return text
}

// elsewhere are defaults of fields, by type and name, that are no values of theirs:
// code that needs them works them out.
func elsewhere() map[string]string {
	var telemetry v1alpha1.LoadlineArgs
	telemetry.SetDefaults()
	return map[string]string{
		"Metric.staleAfter":  inSeconds(telemetry.Telemetry.StaleAfter()),
		"Prometheus.timeout": inSeconds(telemetry.Telemetry.QueryTimeout()),
		"file.interval":      inSeconds(v1alpha1.DefaultInterval),
		"pod.namespace":      metav1.NamespaceDefault,
	}
}

func inSeconds(duration time.Duration) string {
	return strconv.FormatFloat(duration.Seconds(), 'f', -1, 64) + "s"
}

// confirmed is what a comment says of a default, with what the code fills in in the
// font of code. A value of which the comment says nothing is an error.
func confirmed(fallback string, values []string) (string, error) {
	for _, value := range values {
		whole := regexp.MustCompile(`(^|[^\w./-])"?` + regexp.QuoteMeta(value) + `"?($|[^\w/-])`)
		switch {
		case whole.MatchString(fallback):
			fallback = whole.ReplaceAllString(fallback, "$1`"+value+"`$2")
		case beginsWithQuoted(value, fallback):
		default:
			return "", fmt.Errorf("the default is %s, of which the comment says nothing (%q)", value, fallback)
		}
	}
	return fallback, nil
}

// beginsWithQuoted tells whether a text quotes, with a slash at its end, what a value
// begins with.
func beginsWithQuoted(value, text string) bool {
	for _, found := range quoted.FindAllStringSubmatch(text, -1) {
		if strings.HasSuffix(found[1], "/") && strings.HasPrefix(value, found[1]) {
			return true
		}
	}
	return false
}
