// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rulefile

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Problem is something wrong in a file, or only suspicious.
type Problem struct {
	File string
	// Line counts from one.
	Line int
	// Warning tells that it is legal.
	Warning bool
	Message string
}

// String is the problem as compilers write it: "file:line: message".
func (p Problem) String() string {
	severity := ""
	if p.Warning {
		severity = "warning: "
	}
	return fmt.Sprintf("%s:%d: %s%s", p.File, p.Line, severity, p.Message)
}

// Sort orders the problems of one file by their lines.
func Sort(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}

// Problems are what an error says, each where it is in the file.
func (d *Document) Problems(err error) []Problem {
	var several interface{ Errors() []error }
	if errors.As(err, &several) {
		var problems []Problem
		for _, err := range several.Errors() {
			problems = append(problems, d.Problems(err)...)
		}
		return problems
	}
	if path, ok := pathOf(err); ok {
		return []Problem{{File: d.File, Line: d.Line(path), Message: reason(err.Error())}}
	}
	return d.parserProblems(err.Error())
}

// Warning is a problem of what is legal, at a field.
func (d *Document) Warning(path *field.Path, message string) Problem {
	return Problem{File: d.File, Line: d.Line(path.String()), Warning: true, Message: path.String() + ": " + message}
}

// wrongType finds the path in an error about a value of another type than its
// field. The path has no positions in lists.
var wrongType = regexp.MustCompile(`into Go struct field \w+\.(\S+) of type`)

// pathOf is the path of the field that an error is about.
func pathOf(err error) (string, bool) {
	var invalid *field.Error
	if errors.As(err, &invalid) {
		return invalid.Field, true
	}
	var strict interface{ FieldPath() string } // an unknown or repeated field
	if errors.As(err, &strict) {
		return strict.FieldPath(), true
	}
	if match := wrongType.FindStringSubmatch(err.Error()); match != nil {
		return match[1], true
	}
	return "", false
}

// parserLine finds the line in what the YAML parser says.
var parserLine = regexp.MustCompile(`^(.*)\bline (\d+): (.*)$`)

// parserProblems reads what the YAML parser says: one problem, or a heading and
// one problem in each line.
func (d *Document) parserProblems(text string) []Problem {
	var problems []Problem
	for line := range strings.SplitSeq(text, "\n") {
		match := parserLine.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		number, _ := strconv.Atoi(match[2]) // digits
		problems = append(problems, Problem{File: d.File, Line: d.fileLine(number), Message: "yaml: " + match[3]})
	}
	if problems == nil {
		problems = []Problem{{File: d.File, Line: d.Line(""), Message: reason(strings.ReplaceAll(text, "\n", " "))}}
	}
	return problems
}

// reason leaves out by which steps a text was read.
func reason(text string) string {
	text = strings.TrimPrefix(text, "error converting YAML to JSON: ")
	return strings.TrimPrefix(text, "error unmarshaling JSON: while decoding JSON: ")
}
