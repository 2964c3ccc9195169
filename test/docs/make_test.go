// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// calls are the words after those of a program, in every command of a line.
func calls(line string, program ...string) [][]string {
	var found [][]string
	for _, words := range parts(line) {
		for len(words) > 0 && assignment.MatchString(words[0]) {
			words = append(words[1:], words[0])
		}
		if len(words) >= len(program) && slices.Equal(words[:len(program)], program) {
			found = append(found, words[len(program):])
		}
	}
	return found
}

// Every target of make that is named is there, and reads the variables that it is
// given.
func TestMake(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	makefile := string(text)
	for _, command := range allCommands(t) {
		for _, words := range calls(command.text, "make") {
			for _, word := range words {
				variable, _, isVariable := strings.Cut(word, "=")
				switch {
				case isVariable && !regexp.MustCompile(`\$\(`+variable+`\)|\$\(if \$\(`+variable+`\)`).MatchString(makefile):
					t.Errorf("%s:%d: nothing in the Makefile reads %s: %s", command.page, command.line, variable, command.text)
				case !isVariable && !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(word)+`:`).MatchString(makefile):
					t.Errorf("%s:%d: the Makefile has no target %s: %s", command.page, command.line, word, command.text)
				}
			}
		}
	}
}

// Every package that go is to test or run is there, with a test of the name that -run
// gives.
func TestGoCommands(t *testing.T) {
	for _, command := range allCommands(t) {
		for _, words := range slices.Concat(calls(command.text, "go", "test"), calls(command.text, "go", "run")) {
			checkGo(t, command, words)
		}
	}
}

func checkGo(t *testing.T, command command, words []string) {
	t.Helper()
	var folders []string
	pattern := ""
	for i, word := range words {
		if name, value, given := strings.Cut(word, "="); strings.HasPrefix(name, "-run") && given {
			pattern = value
		} else if word == "-run" && i+1 < len(words) {
			pattern = words[i+1]
		}
		if strings.HasPrefix(word, "./") {
			folders = append(folders, word)
		}
	}
	if len(folders) == 0 {
		t.Errorf("%s:%d: name the package from the root, as ./pkg/...: %s", command.page, command.line, command.text)
	}
	var names []string
	for _, folder := range folders {
		names = append(names, testsBelow(t, folder)...)
		if _, err := os.Stat(filepath.Join(root(t), strings.TrimSuffix(folder, "..."))); err != nil {
			t.Errorf("%s:%d: there is no package %s: %s", command.page, command.line, folder, command.text)
		}
	}
	if pattern == "" {
		return
	}
	first, _, _ := strings.Cut(strings.Trim(pattern, `'"`), "/")
	run, err := regexp.Compile(first)
	if err != nil || !slices.ContainsFunc(names, run.MatchString) {
		t.Errorf("%s:%d: no test of %v has a name like %s: %s", command.page, command.line, folders, pattern, command.text)
	}
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz|Example)\w*)\(`)

// testsBelow are the names of the tests of a package, or of all below it.
func testsBelow(t *testing.T, folder string) []string {
	t.Helper()
	base := filepath.Join(root(t), strings.TrimSuffix(folder, "..."))
	patterns := []string{base + "/*_test.go"}
	if strings.HasSuffix(folder, "...") {
		patterns = append(patterns, base+"/*/*_test.go", base+"/*/*/*_test.go")
	}
	var names []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range testFunction.FindAllStringSubmatch(string(text), -1) {
				names = append(names, found[1])
			}
		}
	}
	return names
}
