// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/test/docs/markdown"
)

// command is a command line of the documentation.
type command struct {
	page string
	line int
	text string
}

// commands are all that a page has: those of its blocks, and those within text.
func commands(page *markdown.Page) []command {
	all := blockCommands(page)
	for _, span := range page.Spans {
		if isInline(span.Text) {
			all = append(all, command{page.Name, span.Line, span.Text})
		}
	}
	slices.SortStableFunc(all, func(a, b command) int { return a.line - b.line })
	return all
}

func allCommands(t testing.TB) []command {
	t.Helper()
	var all []command
	for _, page := range pages(t) {
		all = append(all, commands(page)...)
	}
	if len(all) == 0 {
		t.Fatal("there are no commands in the documentation")
	}
	return all
}

// isInline tells whether a piece of code within text is a command line, and not the
// name of a program alone.
func isInline(code string) bool {
	program := programOf(code)
	return strings.HasPrefix(program, "hack/") && strings.HasSuffix(program, ".sh") ||
		(program == "make" || program == "go" || program == "kubectl" || strings.HasPrefix(program, "loadline-")) && strings.Contains(code, " ")
}

var assignment = regexp.MustCompile(`^[A-Z_]+=\S*$`)

// programOf is the first word of a command that sets no variable.
func programOf(text string) string {
	for _, word := range strings.Fields(text) {
		if !assignment.MatchString(word) {
			return word
		}
	}
	return ""
}

// blockCommands are the lines of the blocks of commands of a page.
func blockCommands(page *markdown.Page) []command {
	var all []command
	for _, block := range page.Blocks {
		for _, line := range blockLines(block) {
			all = append(all, command{page.Name, block.Line + line.Line, line.Text})
		}
	}
	return all
}

// isFormula tells whether an indented block is one of the formulas, and no commands.
func isFormula(block markdown.Block) bool {
	return formula.MatchString(block.Text) && !slices.ContainsFunc(logicalLines(block.Text, ""), func(line markdown.Span) bool {
		return programs[programOf(line.Text)]
	})
}

var formula = regexp.MustCompile(` = |[×−Σ≤≥]`)

// blockLines are the commands of a block, with the number of the line in it.
func blockLines(block markdown.Block) []markdown.Span {
	prompted := strings.HasPrefix(block.Text, "$ ") || strings.Contains(block.Text, "\n$ ")
	indented := !block.Fenced && !isIndentedObject(block) && !isFormula(block)
	switch {
	case block.Language == "sh", indented && !prompted:
		return logicalLines(block.Text, "")
	case block.Language == "console", block.Language == "" && prompted:
		return logicalLines(block.Text, "$ ")
	}
	return nil
}

// logicalLines are the lines that begin with a prompt, each with those that go on
// with it: after a backslash, and up to the end of a here-document.
func logicalLines(text, prompt string) []markdown.Span {
	var all []markdown.Span
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line, prompted := strings.CutPrefix(lines[i], prompt)
		if trimmed := strings.TrimSpace(line); !prompted || trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		start := i
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			line += "\n" + lines[i]
		}
		if end := hereDocument.FindStringSubmatch(line); end != nil {
			for i+1 < len(lines) {
				i++
				line += "\n" + lines[i]
				if strings.TrimSpace(lines[i]) == end[1] {
					break
				}
			}
		}
		all = append(all, markdown.Span{Line: start, Text: line})
	}
	return all
}

var hereDocument = regexp.MustCompile(`<<-?\s*['"]?(\w+)['"]?`)

// programs are those that the documentation has people run.
var programs = map[string]bool{
	"kubectl": true, "loadline-scheduler": true, "loadline-descheduler": true,
	"make": true, "go": true,
	"jq": true, "grep": true, "chmod": true, "export": true,
	"skopeo": true, "kind": true, "ctr": true, "docker": true, "helm": true,
}

// Nothing is run that is no command. A script of the repository is one.
func TestPrograms(t *testing.T) {
	for _, command := range allCommands(t) {
		for _, words := range parts(command.text) {
			if program := programOf(strings.Join(words, " ")); !isKnown(program) {
				t.Errorf("%s:%d: %q is no program that these tests know: fence what is no command as text, or add it to the table: %s",
					command.page, command.line, program, command.text)
			}
		}
	}
}

func isKnown(program string) bool { return programs[program] || strings.HasPrefix(program, "hack/") }

// parts are the commands that a line consists of, as words: without what is sent to
// files. What is in quotes is one word.
func parts(line string) [][]string {
	var all [][]string
	var words []string
	end := func() {
		if len(words) > 0 {
			all = append(all, words)
		}
		words = nil
	}
	for _, token := range tokens.FindAllString(strings.ReplaceAll(line, "\\\n", " "), -1) {
		switch {
		case token[0] == '#' || token[0] == '\n':
			end()
			return all
		case strings.Contains("|&;", token[:1]):
			end()
		case !strings.Contains("<>", token[:1]):
			words = append(words, token)
		}
	}
	end()
	return all
}

// tokens are words, with the quotes in them, operators with the file that they are
// about, comments, and what follows a here-document's first line.
var tokens = regexp.MustCompile(`(?:'[^']*'|"[^"]*"|[^\s'"|&;<>#]#|[^\s'"|&;<>#])+|[|&;]+|[<>]+\s*\S*|#.*|\n`)

func TestParts(t *testing.T) {
	cases := map[string]struct {
		line string
		want [][]string
	}{
		"one":           {line: "a -b=c d", want: [][]string{{"a", "-b=c", "d"}}},
		"several":       {line: "a b | c && d; e &", want: [][]string{{"a", "b"}, {"c"}, {"d"}, {"e"}}},
		"quotes":        {line: `a 'b | c' --d="e; f"g`, want: [][]string{{"a", "'b | c'", `--d="e; f"g`}}},
		"files":         {line: "a b > c | d < e", want: [][]string{{"a", "b"}, {"d"}}},
		"a comment":     {line: "a b   # c | d", want: [][]string{{"a", "b"}}},
		"no comment":    {line: "a b#c", want: [][]string{{"a", "b#c"}}},
		"goes on":       {line: "a \\\n  b", want: [][]string{{"a", "b"}}},
		"here-document": {line: "a -f - <<EOF\nb | c\nEOF", want: [][]string{{"a", "-f", "-"}}},
		"placeholders":  {line: "a <b>", want: [][]string{{"a"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, parts(tc.line)); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLogicalLines(t *testing.T) {
	text := "$ a \\\n    b\nprinted\n$ # not this\n$ c <<EOF\n  d\nEOF\n$ e\n"
	want := []markdown.Span{{Line: 0, Text: "a \\\n    b"}, {Line: 4, Text: "c <<EOF\n  d\nEOF"}, {Line: 7, Text: "e"}}
	if got := logicalLines(text, "$ "); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
